using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>What a tokenizer's trainer aims at.</summary>
public sealed record TokenizerTrainingOptions
{
    /// <summary>Number of tokens, special ones and the alphabet among them. A small corpus may yield fewer.</summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>How often a pair must occur to become a token; 1 learns rare words by heart.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>Control tokens, which get the first ids; null for what is usual for the kind of tokenizer.</summary>
    public IReadOnlyList<string>? SpecialTokens { get; init; }

    /// <summary>Whether the end token stands behind each text that is encoded with special tokens, as CLIP reads texts; byte-level BPE only.</summary>
    public bool EndsTexts { get; init; }

    /// <summary>Whether text is made lower case and loses its accents; WordPiece only.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>
    /// Whether a unigram or BPE vocabulary holds all bytes, in which characters that it lacks are written, so that every text comes back as it was: a unigram
    /// tokenizer normalises nothing then. False makes such characters unknown. Byte-level BPE writes everything in bytes anyway.
    /// </summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>How many characters, the most frequent, a WordPiece or unigram vocabulary begins with; words or characters beyond are unknown.</summary>
    public int AlphabetLimit { get; init; } = 1000;

    /// <summary>
    /// The share of the text, above 0 and at most 1, that the characters of a BPE vocabulary make up; the rarest beyond are bytes, or unknown. 1 keeps every
    /// character that occurs; SentencePiece's number for most languages.
    /// </summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>Whether a byte-level token may hold several words of a sentence, such as " of the": fewer tokens for the same text, each rarer.</summary>
    public bool AcrossWords { get; init; }

    /// <summary>
    /// The part of a vocabulary <see cref="AcrossWords" /> that is learnt within words before any token may reach across them, from 0 to 1:
    /// 0 lets frequent pairs of letters across a space become tokens too, 1 is a vocabulary of words.
    /// </summary>
    public double WithinWordsShare { get; init; } = 0.5;

    internal void Check(int needed)
    {
        if (MinimumFrequency < 1)
        {
            throw new RecipeException($"A tokenizer's minimum frequency is {MinimumFrequency}; it must be at least 1.");
        }

        if (WithinWordsShare is not (>= 0 and <= 1))
        {
            throw new RecipeException($"The share of a tokenizer's vocabulary within words is {WithinWordsShare}; it must be from 0 to 1.");
        }

        if (CharacterCoverage is not (> 0 and <= 1))
        {
            throw new RecipeException($"A tokenizer's character coverage is {CharacterCoverage}; it must be above 0 and at most 1.");
        }

        if (AlphabetLimit < 1)
        {
            throw new RecipeException($"A tokenizer's alphabet limit is {AlphabetLimit}; it must be at least 1.");
        }

        if (VocabularySize < needed || VocabularySize > Vocabulary.LargestId)
        {
            throw new RecipeException($"A tokenizer's vocabulary size is {VocabularySize}; its special tokens and alphabet alone need {needed}, and {Vocabulary.LargestId} is the most.");
        }

        if (SpecialTokens is { } special && (special.Distinct(StringComparer.Ordinal).Count() != special.Count || special.Any(string.IsNullOrEmpty)))
        {
            throw new RecipeException("A tokenizer's special tokens must be different from each other, and none may be empty.");
        }
    }
}

/// <summary>Words of a corpus and how often each occurs.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public WordCounts() => lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words in an order that depends on nothing but the words.</summary>
    public IEnumerable<KeyValuePair<string, long>> Sorted => counts.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    public void Add(ReadOnlySpan<char> word) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;

    /// <summary>Counts GPT-2's words of a text that occurs so often.</summary>
    public void AddWords(string text, long count)
    {
        List<(int Start, int End)> ranges = [];
        ByteLevel.Split(text, 0, text.Length, ranges);
        foreach (var (start, end) in ranges)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, end - start), out _) += count;
        }
    }

    /// <summary>Counts the words of documents, leaving special tokens out.</summary>
    public void AddAll(IEnumerable<string> documents, IReadOnlyList<string> special, Normalizer? normalizer, PreTokenizer preTokenizer, CancellationToken cancellation)
    {
        var added = new AddedTokens(special.Select((content, id) => new AddedToken(id, content)), null, "The options");
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            var text = CodePoints.WithoutLoneSurrogates(document);
            foreach (var (id, start, end) in added.Split(text, isNormalized: false))
            {
                if (id >= 0)
                {
                    continue;
                }

                var piece = new AlignedText(text[start..end], start, isTracked: false);
                var pieces = new Pieces(normalizer?.Apply(piece) ?? piece);
                preTokenizer.Apply(pieces);
                foreach (var (from, to) in pieces.Ranges)
                {
                    Add(pieces.Text.Text.AsSpan(from, to - from));
                }
            }
        }
    }
}

/// <summary>The tokens that a trainer has so far.</summary>
internal sealed class GrowingVocabulary
{
    /// <summary>Longer tokens are not learnt; they would only hold noise such as lines of dashes.</summary>
    private const int LongestLearnt = 256;

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    public List<string> Tokens { get; } = [];

    public List<(string Left, string Right)> Merges { get; } = [];

    public bool Has(string token) => ids.ContainsKey(token);

    public int IdOf(string token)
    {
        if (!ids.TryGetValue(token, out var id))
        {
            ids.Add(token, id = Tokens.Count);
            Tokens.Add(token);
        }
        return id;
    }

    /// <summary>Learns a merge.</summary>
    /// <returns>The id of the token, or -1 when it would be too long.</returns>
    public int Join(int left, int right, int prefixLength)
    {
        var whole = string.Concat(Tokens[left], Tokens[right].AsSpan(prefixLength));
        if (whole.Length > LongestLearnt)
        {
            return -1;
        }

        Merges.Add((Tokens[left], Tokens[right]));
        return IdOf(whole);
    }

    public IEnumerable<(string Token, int Id)> Entries => Tokens.Select((token, id) => (token, id));
}
