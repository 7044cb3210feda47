namespace Plinth.Recipes.Quickstart;

/// <summary>Hashes that are the same on every machine and in every run, unlike those of <see cref="string"/>. FNV-1a with the finaliser of MurmurHash3.</summary>
internal static class StableHash
{
    private const ulong Basis = 14695981039346656037, Prime = 1099511628211;

    /// <summary>Hash of the exact text.</summary>
    public static ulong Of(string text, int seed)
    {
        var hash = (Basis ^ (uint)seed) * Prime;
        foreach (var c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        return Mixed(hash);
    }

    /// <summary>Hash of the words alone: case, punctuation and white space do not count.</summary>
    public static ulong OfWords(string text)
    {
        var hash = Basis;
        var gap = false;
        foreach (var c in text)
        {
            if (!char.IsLetterOrDigit(c))
            {
                gap = true;
                continue;
            }

            if (gap && hash != Basis)
            {
                hash = (hash ^ ' ') * Prime;
            }

            gap = false;
            hash = (hash ^ char.ToLowerInvariant(c)) * Prime;
        }

        return Mixed(hash);
    }

    /// <summary>80 % train, 5 % validation, 15 % test.</summary>
    public static DataSplit Split(ulong hash) => (hash % 100) switch
    {
        < 80 => DataSplit.Train,
        < 85 => DataSplit.Validation,
        _ => DataSplit.Test,
    };

    private static ulong Mixed(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }
}
