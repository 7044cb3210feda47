using System.Buffers;

namespace Plinth.Data.Text;

/// <summary>How a <see cref="BpeModel" /> treats what is not in the plain case.</summary>
internal sealed record BpeOptions
{
    public int? UnknownId { get; init; }

    public string? InnerPrefix { get; init; }

    public string? EndSuffix { get; init; }

    public bool FusesUnknown { get; init; }

    public bool FallsBackToBytes { get; init; }

    /// <summary>Whether a word that is a token is that token, whatever the merges would make of it.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>Words of these ids are never cut; null for none.</summary>
    public IReadOnlySet<int>? WholeWords { get; init; }

    /// <summary>Tokens that stand in text; null for all.</summary>
    public Func<int, bool>? StandsInText { get; init; }
}

/// <summary>Byte-pair encoding: the pair learnt first is merged first (Sennrich et al. 2016, arXiv:1508.07909).</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly BpeMerges merges;
    private readonly BpeOptions options;
    private readonly int[] units = new int[char.MaxValue + 1];
    private readonly Dictionary<int, int> astral = [];
    private readonly int[]? byteIds, byteSymbols;
    private readonly bool isCuttable, isPlain;

    public BpeModel(Vocabulary vocabulary, BpeMerges merges, BpeOptions options)
        : base(vocabulary)
    {
        (this.merges, this.options) = (merges, options);
        isPlain = options is { InnerPrefix: null, EndSuffix: null };
        isCuttable = isPlain && !options.TakesWholeWords;
        Array.Fill(units, -1);
        foreach (var (token, id) in vocabulary.Entries)
        {
            if (token.Length is 1 or 2 && CodePoints.At(token, 0, out var length) is var codePoint && length == token.Length && options.StandsInText?.Invoke(id) != false)
            {
                SetCharacter(codePoint, id);
            }
        }
        foreach (var (codePoint, id) in merges.Fragments)
        {
            SetCharacter(codePoint, id);
        }

        byteIds = options.FallsBackToBytes ? vocabulary.AllOf(ByteLevel.Pieces) : null;
        byteSymbols = isPlain ? vocabulary.AllOf([.. ByteLevel.Characters.Select(character => character.ToString())]) : null;
    }

    public override int? UnknownId => options.UnknownId;

    /// <summary>Whether the vocabulary holds the whole alphabet of bytes, so that <see cref="TokenizeBytes" /> can be used.</summary>
    public bool KnowsBytes => byteSymbols is not null;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if ((options.TakesWholeWords || options.WholeWords is { Count: > 0 }) && Vocabulary.TryGetId(word, out var whole) && options.WholeWords?.Contains(whole) != false)
        {
            tokens.Add(new(whole, 0, word.Length));
            return;
        }
        var symbols = ArrayPool<WordToken>.Shared.Rent(byteIds is null ? word.Length + 1 : word.Length * 3 + 1);
        try
        {
            var count = BpeMerging.Merge(merges, symbols.AsSpan(0, Spell(word, symbols)));
            if (merges.Fragments.Count == 0)
            {
                tokens.AddRange(symbols.AsSpan(0, count));
            }
            else
            {
                Resolve(word, symbols.AsSpan(0, count), tokens);
            }
        }
        finally
        {
            ArrayPool<WordToken>.Shared.Return(symbols);
        }
    }

    /// <summary>The tokens of a word given as bytes, in a vocabulary that is written in the alphabet of bytes; places are those of bytes.</summary>
    public void TokenizeBytes(ReadOnlySpan<byte> word, List<WordToken> tokens)
    {
        if (options.TakesWholeWords && word.Length <= Vocabulary.Longest && TryWhole(word, out var whole))
        {
            tokens.Add(new(whole, 0, word.Length));
            return;
        }
        var symbols = ArrayPool<WordToken>.Shared.Rent(word.Length);
        try
        {
            for (var i = 0; i < word.Length; i++)
            {
                symbols[i] = new(byteSymbols![word[i]], i, i + 1);
            }

            tokens.AddRange(symbols.AsSpan(0, BpeMerging.Merge(merges, symbols.AsSpan(0, word.Length))));
        }
        finally
        {
            ArrayPool<WordToken>.Shared.Return(symbols);
        }
    }

    /// <summary>No merge has ever joined the two characters around a cut, so the tokens on both sides do not know of each other.</summary>
    public override int NextCut(ReadOnlySpan<char> word, int from)
    {
        if (!isCuttable)
        {
            return word.Length;
        }

        var before = CodePoints.At(word, from, out var length);
        var isKnown = IsToken(before);
        for (var at = from + length; at < word.Length; at += length)
        {
            var after = CodePoints.At(word, at, out length);
            var isNextKnown = IsToken(after);
            if (isKnown && isNextKnown && !merges.Bridge(before, after))
            {
                return at;
            }

            (before, isKnown) = (after, isNextKnown);
        }
        return word.Length;
    }

    private bool TryWhole(ReadOnlySpan<byte> word, out int id)
    {
        Span<char> mapped = stackalloc char[Math.Min(word.Length, 256)];
        if (word.Length > mapped.Length)
        {
            mapped = new char[word.Length];
        }

        for (var i = 0; i < word.Length; i++)
        {
            mapped[i] = ByteLevel.Characters[word[i]];
        }

        return Vocabulary.TryGetId(mapped, out id);
    }

    private void SetCharacter(int codePoint, int id)
    {
        if (codePoint < units.Length)
        {
            units[codePoint] = id;
        }
        else
        {
            astral[codePoint] = id;
        }
    }

    private int CharacterId(int codePoint) => codePoint < units.Length ? units[codePoint] : astral.GetValueOrDefault(codePoint, -1);

    private bool IsToken(int codePoint) => (uint)CharacterId(codePoint) < (uint)Vocabulary.Size;

    /// <summary>The word as symbols of one character, of one byte, or unknown.</summary>
    private int Spell(ReadOnlySpan<char> word, WordToken[] symbols)
    {
        var (count, wasUnknown) = (0, false);
        for (int i = 0, length; i < word.Length; i += length)
        {
            var codePoint = CodePoints.At(word, i, out length);
            var id = isPlain ? CharacterId(codePoint) : Find(word, i, length);
            if (id >= 0)
            {
                symbols[count++] = new(id, i, i + length);
            }
            else if (byteIds is not null)
            {
                count += SpellBytes(codePoint, i, i + length, symbols.AsSpan(count));
            }
            else if (wasUnknown && options.FusesUnknown)
            {
                symbols[count - 1] = symbols[count - 1] with { End = i + length };
            }
            else if (options.UnknownId is { } unknown)
            {
                symbols[count++] = new(unknown, i, i + length);
            }

            wasUnknown = id < 0 && byteIds is null && options.UnknownId is not null;
        }
        return count;
    }

    private int SpellBytes(int codePoint, int start, int end, Span<WordToken> symbols)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var size = CodePoints.ToRune(codePoint).EncodeToUtf8(utf8);
        for (var k = 0; k < size; k++)
        {
            symbols[k] = new(byteIds![utf8[k]], start, end);
        }

        return size;
    }

    private int Find(ReadOnlySpan<char> word, int start, int length)
    {
        var prefix = start > 0 ? options.InnerPrefix : null;
        var suffix = start + length == word.Length ? options.EndSuffix : null;
        return Vocabulary.IdOf(string.Concat(prefix, word.Slice(start, length), suffix)) ?? -1;
    }

    /// <summary>Fragments that no merge took are unknown, or bytes.</summary>
    private void Resolve(ReadOnlySpan<char> word, Span<WordToken> symbols, List<WordToken> tokens)
    {
        Span<WordToken> bytes = stackalloc WordToken[4];
        foreach (var symbol in symbols)
        {
            var isFragment = symbol.Id >= Vocabulary.Size;
            if (isFragment && byteIds is not null)
            {
                tokens.AddRange(bytes[..SpellBytes(CodePoints.At(word, symbol.Start, out _), symbol.Start, symbol.End, bytes)]);
            }
            else if (!isFragment && symbol.Id != options.UnknownId)
            {
                tokens.Add(symbol);
            }
            else if (options.FusesUnknown && tokens.Count > 0 && tokens[^1].Id == options.UnknownId)
            {
                tokens[^1] = tokens[^1] with { End = symbol.End };
            }
            else if (options.UnknownId is { } unknown)
            {
                tokens.Add(symbol with { Id = unknown });
            }
        }
    }
}
