namespace Plinth.Recipes;

/// <summary>
/// Hashes that are the same on every machine and in every run, unlike those of <see cref="string"/>: FNV-1a (Fowler, Noll and
/// Vo 1991) over characters, with the finaliser of MurmurHash3 where the hash is reduced to few values.
/// </summary>
internal static class StableHash
{
    private const ulong Basis = 14695981039346656037, Prime = 1099511628211;

    /// <summary>Hash of the exact text.</summary>
    public static ulong Of(string text, int seed) => Mixed(Follow((Basis ^ (uint)seed) * Prime, text));

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

    /// <summary>Hash of one text in a row of texts.</summary>
    /// <param name="text">The text.</param>
    /// <param name="before">Hash of the texts before it.</param>
    public static ulong OfNext(string text, ulong before = Basis) =>
        // A character that no text holds keeps "a", "bc" apart from "ab", "c".
        (Follow(before, text) ^ 0xFFFF) * Prime;

    private static ulong Follow(ulong hash, string text)
    {
        foreach (var c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        return hash;
    }

    private static ulong Mixed(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }
}
