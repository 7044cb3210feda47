using Plinth.Inference.Constraints.Grammar;
using static Plinth.Inference.Constraints.TokenAlphabet;

namespace Plinth.Inference.Constraints;

/// <summary>The tokens that a place allows, each with what it then costs to come to the end.</summary>
/// <param name="Tokens">Tokens that were walked.</param>
/// <param name="Costs">What each of them costs.</param>
internal sealed record TokenMask(int[] Tokens, int[] Costs)
{
    /// <summary>Tokens that are whole characters of a string, by their number of characters.</summary>
    public int[][] Groups { get; init; } = [];

    /// <summary>What each group costs.</summary>
    public int[] GroupCosts { get; init; } = [];

    /// <summary>Tokens that are not meant though their group is; they stand among the walked ones.</summary>
    public IReadOnlySet<int>? Exceptions { get; init; }

    /// <summary>The least of all costs.</summary>
    public int Cheapest => Math.Min(
        Costs.Length == 0 ? Unreachable : Costs.Min(), GroupCosts.Where((_, length) => Groups[length].Length > 0).DefaultIfEmpty(Unreachable).Min());

    /// <summary>Marks the tokens that cost so much at most.</summary>
    public void Allow(Span<bool> allowed, int most)
    {
        most = Math.Min(most, Unreachable - 1);
        for (var i = 0; i < Tokens.Length; i++)
        {
            if (Costs[i] <= most && Tokens[i] < allowed.Length)
            {
                allowed[Tokens[i]] = true;
            }
        }

        for (var length = 0; length < GroupCosts.Length; length++)
        {
            if (GroupCosts[length] > most)
            {
                continue;
            }

            foreach (var id in Groups[length])
            {
                if (id < allowed.Length && Exceptions?.Contains(id) != true)
                {
                    allowed[id] = true;
                }
            }
        }
    }
}

/// <summary>Finds what tokens a place allows by walking the vocabulary in order, and keeps what it found.</summary>
internal sealed class TokenMasks(TokenAlphabet alphabet)
{
    private const int MostKept = 4_000_000;

    // More ways than this, as of a long enumeration, are walked together.
    private const int MostAlone = 4;

    private readonly Dictionary<Configuration, TokenMask> kept = [];
    private readonly Lock gate = new();
    private long keptCount;

    /// <summary>What a stand allows: the union of the masks.</summary>
    public IReadOnlyList<TokenMask> Of(Stand stand)
    {
        List<TokenMask> masks = [];
        List<Configuration> others = [];
        foreach (var way in stand.Ways)
        {
            if (IsInString(way))
            {
                masks.Add(Kept(way));
            }
            else
            {
                others.Add(way);
            }
        }

        if (others.Count > MostAlone)
        {
            masks.Add(Walk(others, alphabet.All));
        }
        else
        {
            masks.AddRange(others.Select(Kept));
        }

        return masks;
    }

    private static bool IsInString(Configuration way) => way.Rule switch
    {
        StringBody => way.Detail == StringPlace.Between,
        MapKey => way.Place == StringPlace.Between,
        _ => false,
    };

    private TokenMask Kept(Configuration way)
    {
        lock (gate)
        {
            if (kept.TryGetValue(way, out var known))
            {
                return known;
            }

            var mask = way.Rule switch
            {
                StringBody text when IsInString(way) => InString(way, text),
                MapKey key when IsInString(way) => InName(way, key),
                _ => Walk([way], alphabet.All),
            };
            keptCount += mask.Tokens.Length + 16;
            if (keptCount > MostKept)
            {
                kept.Clear();
                keptCount = mask.Tokens.Length;
            }

            return kept[way] = mask;
        }
    }

    private TokenMask InString(Configuration way, StringBody text)
    {
        var rest = way.Parent?.Rest ?? 0;
        return Walk([way], alphabet.Unsafe) with
        {
            Groups = alphabet.SafeByLength,
            GroupCosts = [.. alphabet.SafeByLength.Select((_, length) => length > text.Room(way) ? Unreachable : Grammar.Costs.Sum(text.CostAfter(way, length), rest))],
        };
    }

    private TokenMask InName(Configuration way, MapKey key)
    {
        var cost = Grammar.Costs.Sum(key.CostOfNew(), way.Parent?.Rest ?? 0);
        var name = (string)way.Memory!;
        var taken = (MapKey.Names(way)?.All ?? [])
            .Where(other => other.Length > name.Length && other.StartsWith(name, StringComparison.Ordinal))
            .SelectMany(other => alphabet.All.Exactly(System.Text.Encoding.Latin1.GetBytes(other[name.Length..])))
            .ToHashSet();
        var walked = Walk([way], alphabet.Unsafe);
        var again = taken.Except(walked.Tokens).ToArray();
        return new TokenMask([.. walked.Tokens, .. again], [.. walked.Costs, .. again.Select(_ => Grammar.Costs.Sum(cost, 1))])
        {
            Groups = alphabet.SafeByLength,
            GroupCosts = [.. alphabet.SafeByLength.Select(_ => cost)],
            Exceptions = again.Length > 0 ? again.ToHashSet() : null,
        };
    }

    private static TokenMask Walk(IReadOnlyList<Configuration> ways, SortedTokens tokens)
    {
        List<int> ids = [], costs = [];
        List<Stand> stands = [new()];
        foreach (var way in ways)
        {
            stands[0].Add(way);
        }

        // Places before this one are reached by the token before; where it stopped, tokens with the same beginning stop too.
        var reached = 0;
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            if (tokens.Shared[i] > reached)
            {
                continue;
            }

            var bytes = tokens.Bytes[i];
            var at = tokens.Shared[i];
            while (at < bytes.Length)
            {
                if (stands.Count == at + 1)
                {
                    stands.Add(new());
                }

                stands[at].Step(bytes[at], stands[at + 1]);
                if (stands[at + 1].IsEmpty)
                {
                    break;
                }

                at++;
            }

            reached = at;
            if (at == bytes.Length)
            {
                ids.Add(tokens.Ids[i]);
                costs.Add(stands[at].Cost);
            }
        }

        return new([.. ids], [.. costs]);
    }
}
