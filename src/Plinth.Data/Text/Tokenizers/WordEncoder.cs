using System.Collections.Concurrent;

namespace Plinth.Data.Text;

/// <summary>
/// Cuts words with a model and remembers what it made of them. The memory is bounded: when it is full it begins anew.
/// Safe for concurrent use.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="mapsBytes">Whether words are written in the alphabet of bytes first.</param>
internal sealed class WordEncoder(TokenModel model, bool mapsBytes)
{
    private const int MemoryLimit = 100_000, LongestRemembered = 64, LongestUncut = 256;

    private Memory memory = new();

    public WordToken[] Encode(ReadOnlySpan<char> word)
    {
        if (word.Length > LongestRemembered)
            return Make(word);
        var now = Volatile.Read(ref memory);
        if (now.Lookup.TryGetValue(word, out var known))
            return known;
        var made = Make(word);
        if (Interlocked.Increment(ref now.Count) > MemoryLimit)
            Volatile.Write(ref memory, now = new());
        now.Words.TryAdd(word.ToString(), made);
        return made;
    }

    /// <summary>A place where a long word may be cut, so that its parts are remembered; its length when there is none.</summary>
    public int NextCut(ReadOnlySpan<char> word, int from) => mapsBytes || word.Length - from <= LongestRemembered ? word.Length : model.NextCut(word, from);

    private WordToken[] Make(ReadOnlySpan<char> word)
    {
        List<WordToken> tokens = [];
        if (!mapsBytes)
        {
            model.Tokenize(word, tokens);
            return [.. tokens];
        }
        var room = word.Length * 3;
        var mapped = room <= LongestUncut ? stackalloc char[LongestUncut] : new char[room];
        var starts = room <= LongestUncut ? stackalloc int[LongestUncut] : new int[room];
        var ends = room <= LongestUncut ? stackalloc int[LongestUncut] : new int[room];
        var count = ByteLevel.Map(word, mapped, starts, ends);
        model.Tokenize(mapped[..count], tokens);
        var made = new WordToken[tokens.Count];
        for (var i = 0; i < made.Length; i++)
            made[i] = new(tokens[i].Id, starts[tokens[i].Start], ends[tokens[i].End - 1]);
        return made;
    }

    private sealed class Memory
    {
        public readonly ConcurrentDictionary<string, WordToken[]> Words = new(StringComparer.Ordinal);
        public readonly ConcurrentDictionary<string, WordToken[]>.AlternateLookup<ReadOnlySpan<char>> Lookup;
        public int Count;

        public Memory() => Lookup = Words.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
