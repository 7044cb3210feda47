namespace Plinth.Data.Text;

/// <summary>A piece of text with the logarithm of its probability.</summary>
internal sealed record ScoredPiece(string Text, double Score);

/// <summary>
/// The frequent pieces of words that a unigram vocabulary is chosen from: the suffixes of all words are sorted (Manber and Myers 1993, "Suffix arrays"), so
/// that those with a common beginning are neighbours. Pieces are short, so suffixes are compared no further.
/// </summary>
internal static class PieceCandidates
{
    // SentencePiece's numbers.
    private const int LongestPiece = 16, MostCandidates = 1_000_000;

    private enum Kind
    {
        Letter,
        Number,
        Other,
    }

    /// <summary>Characters, and the pieces whose count times length is largest.</summary>
    /// <param name="corpus">The words.</param>
    /// <param name="characters">Characters that a piece may hold, all of which are candidates.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static List<ScoredPiece> Find(WeightedWords corpus, HashSet<string> characters, CancellationToken cancellation)
    {
        var (text, ends, weights) = (corpus.Joined, new int[corpus.Joined.Length], new long[corpus.Joined.Length]);
        for (var word = 0; word < corpus.Words.Count; word++)
        {
            for (var at = corpus.Starts[word]; at < corpus.Starts[word + 1]; at++)
            {
                (ends[at], weights[at]) = (Math.Min(at + LongestPiece, corpus.Starts[word + 1]), corpus.Words[word].Value);
            }
        }

        var suffixes = Enumerable.Range(0, text.Length).ToArray();
        suffixes.AsSpan().Sort((x, y) => text.AsSpan(x, ends[x] - x).SequenceCompareTo(text.AsSpan(y, ends[y] - y)) is not 0 and var order ? order : x.CompareTo(y));
        cancellation.ThrowIfCancellationRequested();

        Dictionary<string, long> found = new(StringComparer.Ordinal);
        Walk(text, suffixes, ends, weights, (start, length, count) =>
        {
            if (count > 1 && IsPiece(text.AsSpan(start, length), characters))
            {
                found[text.Substring(start, length)] = count;
            }
        });
        var best = found.OrderByDescending(entry => entry.Value * entry.Key.Length).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(MostCandidates).ToList();
        var occurring = CharacterCounts.Of(corpus.Words);
        var counts = characters.ToDictionary(character => character, character => 1 + occurring.GetValueOrDefault(character), StringComparer.Ordinal);
        var all = counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Concat(best.Where(entry => !counts.ContainsKey(entry.Key)).Select(entry => KeyValuePair.Create(entry.Key, entry.Value * entry.Key.Length))).ToList();
        var sum = Math.Log(all.Sum(entry => (double)entry.Value));
        return [.. all.Select(entry => new ScoredPiece(entry.Key, Math.Log(entry.Value) - sum))];
    }

    /// <summary>Tells each text that several suffixes, or a frequent one, begin with, in the longest form that they share.</summary>
    private static void Walk(string text, int[] suffixes, int[] ends, long[] weights, Action<int, int, long> tell)
    {
        var open = new Stack<(int Length, int First)>();
        var sums = new long[suffixes.Length + 1];
        for (var i = 0; i < suffixes.Length; i++)
        {
            sums[i + 1] = sums[i] + weights[suffixes[i]];
        }

        var shared = 0; // with the suffix before
        for (var i = 0; i < suffixes.Length; i++)
        {
            var (start, length) = (suffixes[i], ends[suffixes[i]] - suffixes[i]);
            var next = i + 1 < suffixes.Length ? text.AsSpan(start, length).CommonPrefixLength(text.AsSpan(suffixes[i + 1], ends[suffixes[i + 1]] - suffixes[i + 1])) : 0;
            if (length > Math.Max(shared, next))
            {
                tell(start, length, weights[start]);
            }

            var first = i;
            while (open.TryPeek(out var top) && top.Length > next)
            {
                open.Pop();
                first = top.First;
                tell(start, top.Length, sums[i + 1] - sums[first]);
            }

            if (next > 0 && (!open.TryPeek(out var below) || below.Length < next))
            {
                open.Push((next, first));
            }

            shared = next;
        }
    }

    // Within one word, and of one kind: letters, numbers or signs, as SentencePiece keeps scripts and numbers apart. A space may stand first.
    private static bool IsPiece(ReadOnlySpan<char> text, HashSet<string> characters)
    {
        Kind? kind = null;
        var lookup = characters.GetAlternateLookup<ReadOnlySpan<char>>();
        var count = 0;
        for (int at = 0, length; at < text.Length; at += length, count++)
        {
            var point = CodePoints.At(text, at, out length);
            if (!lookup.Contains(text.Slice(at, length)))
            {
                return false;
            }

            if (point == SentencePieceFile.Space || CodePoints.IsWhiteSpace(point))
            {
                if (at > 0)
                {
                    return false;
                }

                continue;
            }

            var found = CodePoints.IsLetter(point) || CodePoints.IsMark(point) ? Kind.Letter : CodePoints.IsNumber(point) ? Kind.Number : Kind.Other;
            if (found != (kind ??= found))
            {
                return false;
            }
        }

        return count > 1;
    }
}
