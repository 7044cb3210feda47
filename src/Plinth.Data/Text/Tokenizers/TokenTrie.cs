namespace Plinth.Data.Text;

/// <summary>Finds which of many tokens begin at a place, one step per code unit.</summary>
internal sealed class TokenTrie
{
    private readonly LongTable children = new();
    private readonly List<int> ids = [-1];

    public void Add(ReadOnlySpan<char> token, int id)
    {
        var node = 0;
        foreach (var unit in token)
        {
            var key = ((long)node << 16) | unit;
            if (!children.TryGet(key, out var child))
            {
                child = ids.Count;
                ids.Add(-1);
                children.Set(key, child);
            }
            node = (int)child;
        }
        if (node > 0)
            ids[node] = id;
    }

    /// <summary>Goes one unit further from a node; the root is 0.</summary>
    public bool TryStep(ref int node, char unit)
    {
        var isThere = children.TryGet(((long)node << 16) | unit, out var child);
        node = (int)child;
        return isThere;
    }

    /// <summary>The id of the token that ends at a node, or -1.</summary>
    public int IdAt(int node) => ids[node];

    /// <summary>The longest token at the beginning of a text.</summary>
    /// <returns>Its length, 0 when there is none, and its id.</returns>
    public (int Length, int Id) Longest(ReadOnlySpan<char> text)
    {
        var (node, found) = (0, (Length: 0, Id: -1));
        for (var i = 0; i < text.Length && TryStep(ref node, text[i]); i++)
        {
            if (ids[node] >= 0)
                found = (i + 1, ids[node]);
        }
        return found;
    }
}
