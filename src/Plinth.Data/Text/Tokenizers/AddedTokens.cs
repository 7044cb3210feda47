using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A token that is found in text before anything else happens to it.</summary>
internal sealed record AddedToken(int Id, string Content)
{
    public bool IsSpecial { get; init; }

    public bool IsNormalized { get; init; }

    public bool IsSingleWord { get; init; }

    public bool TakesLeft { get; init; }

    public bool TakesRight { get; init; }
}

/// <summary>Finds added tokens: those that stand in the text as it is, then those that stand in its normalised form.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<int, AddedToken> byId = [];
    private readonly Dictionary<string, int> byContent = new(StringComparer.Ordinal);
    private readonly TokenTrie plain = new(), normalized = new();
    private readonly HashSet<char> plainFirsts = [], normalizedFirsts = [];
    private readonly System.Buffers.SearchValues<char> plainStarts, normalizedStarts;

    public AddedTokens(IEnumerable<AddedToken> tokens, Normalizer? normalizer, string where)
    {
        foreach (var token in tokens)
        {
            if (token.Content.Length is 0 or > Vocabulary.LongestToken)
            {
                throw new BadInputException($"{where}: the added token of id {token.Id} has {token.Content.Length} characters; 1 to {Vocabulary.LongestToken} are allowed.");
            }

            if (token.Id is < 0 or > Vocabulary.LargestId)
            {
                throw new BadInputException($"{where}: the added token '{Vocabulary.Shown(token.Content)}' has the id {token.Id}; ids go from 0 to {Vocabulary.LargestId}.");
            }

            if (!byId.TryAdd(token.Id, token) || !byContent.TryAdd(token.Content, token.Id))
            {
                throw new BadInputException($"{where}: the added token '{Vocabulary.Shown(token.Content)}' of id {token.Id} is given twice, or shares its id.");
            }

            var form = token.IsNormalized && normalizer is not null ? normalizer.Apply(token.Content) : token.Content;
            if (form.Length == 0)
            {
                continue;
            }

            (token.IsNormalized ? normalized : plain).Add(form, token.Id);
            (token.IsNormalized ? normalizedFirsts : plainFirsts).Add(form[0]);
        }
        plainStarts = System.Buffers.SearchValues.Create([.. plainFirsts]);
        normalizedStarts = System.Buffers.SearchValues.Create([.. normalizedFirsts]);
    }

    public int Size => byId.Count == 0 ? 0 : byId.Keys.Max() + 1;

    public IEnumerable<AddedToken> All => byId.Values;

    public bool HasNormalized => normalizedFirsts.Count > 0;

    public string? TokenOf(int id) => byId.TryGetValue(id, out var token) ? token.Content : null;

    public int? IdOf(string token) => byContent.TryGetValue(token, out var id) ? id : null;

    /// <summary>Cuts a text at added tokens; the id is -1 for the text between them.</summary>
    public List<(int Id, int Start, int End)> Split(string text, bool isNormalized)
    {
        List<(int Id, int Start, int End)> parts = [];
        var (trie, starts) = isNormalized ? (normalized, normalizedStarts) : (plain, plainStarts);
        var (from, at) = (0, 0);
        while (at < text.Length && text.AsSpan(at).IndexOfAny(starts) is >= 0 and var skip)
        {
            at += skip;
            var (length, id) = trie.Longest(text.AsSpan(at));
            if (length == 0)
            {
                at++;
                continue;
            }
            var (start, end) = (at, at + length);
            var token = byId[id];
            at = end;
            if (token.IsSingleWord && (IsWordBefore(text, start) || IsWordAt(text, end)))
            {
                continue;
            }

            while (token.TakesLeft && start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (from < start)
            {
                parts.Add((-1, from, start));
            }

            parts.Add((id, start, end));
            from = at = end;
        }
        if (from < text.Length)
        {
            parts.Add((-1, from, text.Length));
        }

        return parts;
    }

    private static bool IsWordBefore(string text, int at) => at > 0
        && CodePoints.IsWord(at > 1 && char.IsLowSurrogate(text[at - 1]) ? CodePoints.At(text, at - 2, out _) : text[at - 1]);

    private static bool IsWordAt(string text, int at) => at < text.Length && CodePoints.IsWord(CodePoints.At(text, at, out _));
}
