namespace Plinth.Data.Text;

/// <summary>
/// Cuts words with a model and remembers what it made of them, in a memory of fixed size in which a new word takes the place of an old one.
/// Safe for concurrent use.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="mapsBytes">Whether words are written in the alphabet of bytes first.</param>
internal sealed class WordEncoder(TokenModel model, bool mapsBytes)
{
    private const int MemorySize = 1 << 17, LongestRemembered = 64, LongestUncut = 256;

    // Entries never change once they are visible, and a reference is written whole: no locks are needed.
    private readonly Known?[] memory = new Known?[MemorySize];

    /// <summary>The tokens of a word. Those of a long one stand in the scratch list, those of a short one in the memory.</summary>
    /// <param name="word">The word.</param>
    /// <param name="scratch">A list of the caller's.</param>
    public ReadOnlySpan<WordToken> Encode(ReadOnlySpan<char> word, List<WordToken> scratch)
    {
        if (word.Length > LongestRemembered)
        {
            return Make(word, scratch);
        }

        var hash = Hash(word);
        ref var first = ref memory[hash & (MemorySize - 2)];
        ref var second = ref memory[hash & (MemorySize - 2) | 1];
        if (Volatile.Read(ref first) is { } one && word.SequenceEqual(one.Word))
        {
            return one.Tokens;
        }

        if (Volatile.Read(ref second) is { } other && word.SequenceEqual(other.Word))
        {
            return other.Tokens;
        }

        var made = new Known(word.ToString(), Make(word, scratch).ToArray());
        Volatile.Write(ref second, first);
        Volatile.Write(ref first, made);
        return made.Tokens;
    }

    /// <summary>A place where a long word may be cut, so that its parts are remembered; its length when there is none.</summary>
    public int NextCut(ReadOnlySpan<char> word, int from) => mapsBytes || word.Length - from <= LongestRemembered ? word.Length : model.NextCut(word, from);

    private static int Hash(ReadOnlySpan<char> word)
    {
        var hash = (ulong)word.Length;
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(word);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            hash = (hash ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9E37_79B9_7F4A_7C15;
        }

        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            hash = (hash ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(bytes)) * 0x9E37_79B9_7F4A_7C15;
        }

        return (int)(hash >> 40);
    }

    private ReadOnlySpan<WordToken> Make(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        tokens.Clear();
        if (!mapsBytes)
        {
            model.Tokenize(word, tokens);
        }
        else if (model is BpeModel { KnowsBytes: true } bpe)
        {
            MakeOfBytes(bpe, word, tokens);
        }
        else
        {
            MakeOfCharacters(word, tokens);
        }

        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens);
    }

    private static void MakeOfBytes(BpeModel bpe, ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var room = word.Length * 3;
        var bytes = room <= LongestUncut ? stackalloc byte[LongestUncut] : new byte[room];
        var count = System.Text.Encoding.UTF8.GetBytes(word, bytes);
        bpe.TokenizeBytes(bytes[..count], tokens);
        if (count == word.Length)
        {
            return;
        }
        // Places of bytes become places of code units; a part of a character stands for the whole.
        var made = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens);
        var (at, unit, after) = (0, 0, 0);
        for (var i = 0; i < made.Length; i++)
        {
            var start = GoTo(word, made[i].Start, ref at, ref unit, ref after);
            GoTo(word, made[i].End - 1, ref at, ref unit, ref after);
            made[i] = new(made[i].Id, start, after);
        }
    }

    /// <summary>Goes to the character that holds a byte; both only ever grow.</summary>
    private static int GoTo(ReadOnlySpan<char> word, int place, ref int at, ref int unit, ref int after)
    {
        while (true)
        {
            var size = CodePoints.ToRune(CodePoints.At(word, unit, out var length)).Utf8SequenceLength;
            after = unit + length;
            if (place < at + size)
            {
                return unit;
            }

            at += size;
            unit = after;
        }
    }

    private void MakeOfCharacters(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var room = word.Length * 3;
        var mapped = room <= LongestUncut ? stackalloc char[LongestUncut] : new char[room];
        var starts = room <= LongestUncut ? stackalloc int[LongestUncut] : new int[room];
        var ends = room <= LongestUncut ? stackalloc int[LongestUncut] : new int[room];
        var count = ByteLevel.Map(word, mapped, starts, ends);
        model.Tokenize(mapped[..count], tokens);
        var made = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens);
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new(made[i].Id, starts[made[i].Start], ends[made[i].End - 1]);
        }
    }

    private sealed record Known(string Word, WordToken[] Tokens);
}
