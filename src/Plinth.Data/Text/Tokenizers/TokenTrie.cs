namespace Plinth.Data.Text;

/// <summary>Finds which of many tokens begin at a place, one look-up per code unit.</summary>
internal sealed class TokenTrie
{
    private const int RootSize = 0x3000;

    // An edge holds the node it leads to in its upper half, and in its lower one more than the id of the token that ends there, 0 for none.
    private readonly long[] root = new long[RootSize];
    private readonly LongTable edges = new();
    private int nodeCount = 1;

    public void Add(ReadOnlySpan<char> token, int id)
    {
        var node = 0;
        for (var i = 0; i < token.Length; i++)
        {
            var edge = EdgeOf(node, token[i]);
            if (edge == 0)
            {
                edge = (long)nodeCount++ << 32;
            }

            if (i == token.Length - 1)
            {
                edge = edge >> 32 << 32 | (uint)(id + 1);
            }

            if (node == 0 && token[i] < RootSize)
            {
                root[token[i]] = edge;
            }
            else
            {
                edges.Set(Key(node, token[i]), edge);
            }

            node = (int)(edge >> 32);
        }
    }

    /// <summary>Goes one unit further from a node; the root is 0.</summary>
    /// <param name="node">The node.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="id">The id of the token that ends there, or -1.</param>
    public bool TryStep(ref int node, char unit, out int id)
    {
        var edge = EdgeOf(node, unit);
        node = (int)(edge >> 32);
        id = (int)edge - 1;
        return edge != 0;
    }

    /// <summary>The longest token at the beginning of a text.</summary>
    /// <returns>Its length, 0 when there is none, and its id.</returns>
    public (int Length, int Id) Longest(ReadOnlySpan<char> text)
    {
        var (node, found) = (0, (Length: 0, Id: -1));
        for (var i = 0; i < text.Length && TryStep(ref node, text[i], out var id); i++)
        {
            if (id >= 0)
            {
                found = (i + 1, id);
            }
        }
        return found;
    }

    private long EdgeOf(int node, char unit) => node == 0 && unit < RootSize ? root[unit] : edges.Get(Key(node, unit), 0);

    private static long Key(int node, char unit) => ((long)node << 16) | unit;
}
