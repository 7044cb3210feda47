using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Tokens and their ids, both ways, within bounds that no file may leave.</summary>
internal sealed class Vocabulary
{
    /// <summary>The largest id a file may use.</summary>
    public const int LargestId = 8_000_000;

    /// <summary>The longest token a file may hold, in code units.</summary>
    public const int LongestToken = 4_096;

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private string?[] tokens = new string?[1024];

    public Vocabulary() => lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>One more than the largest id.</summary>
    public int Size { get; private set; }

    public int Count => ids.Count;

    /// <summary>Code units of the longest token.</summary>
    public int Longest { get; private set; }

    public IEnumerable<KeyValuePair<string, int>> Entries => ids;

    /// <exception cref="BadInputException">The token or its id is there already, or out of bounds.</exception>
    public void Add(string token, int id, string where)
    {
        if (token.Length > LongestToken)
        {
            throw new BadInputException($"{where}: the token of id {id} has {token.Length} characters; at most {LongestToken} are allowed.");
        }

        if (id < 0 || id > LargestId)
        {
            throw new BadInputException($"{where}: the token '{Shown(token)}' has the id {id}; ids go from 0 to {LargestId}.");
        }

        if (id >= tokens.Length)
        {
            Array.Resize(ref tokens, Math.Min(LargestId + 1, Math.Max(id + 1, tokens.Length * 2)));
        }

        if (tokens[id] is { } other && other != token)
        {
            throw new BadInputException($"{where}: the id {id} belongs to two tokens, '{Shown(other)}' and '{Shown(token)}'.");
        }

        if (!ids.TryAdd(token, id))
        {
            throw new BadInputException($"{where}: the token '{Shown(token)}' is given twice.");
        }

        tokens[id] = token;
        Size = Math.Max(Size, id + 1);
        Longest = Math.Max(Longest, token.Length);
    }

    public int? IdOf(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => lookup.TryGetValue(token, out id);

    /// <summary>The ids of several tokens, or null when one is missing.</summary>
    public int[]? AllOf(IReadOnlyList<string> wanted)
    {
        var found = new int[wanted.Count];
        for (var i = 0; i < found.Length; i++)
        {
            if (!ids.TryGetValue(wanted[i], out found[i]))
            {
                return null;
            }
        }
        return found;
    }

    public string? TokenOf(int id) => (uint)id < (uint)Size ? tokens[id] : null;

    public static string Shown(string token) => token.Length <= 40 ? token : token[..40] + "…";
}
