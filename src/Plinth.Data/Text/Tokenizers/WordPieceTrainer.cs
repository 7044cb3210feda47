using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Learns a WordPiece tokenizer as BERT's (Devlin et al. 2018, arXiv:1810.04805): tokens are found by merging frequent pairs within words,
/// and text is cut by the longest match. The same documents give the same tokenizer.
/// </summary>
public static class WordPieceTrainer
{
    private const string Inner = "##";

    /// <summary>The control tokens where none are named.</summary>
    public static IReadOnlyList<string> UsualTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Learns from documents.</summary>
    /// <param name="documents">Texts, read once.</param>
    /// <param name="options">Sizes, case and special tokens; null for the defaults. [UNK], [CLS] and [SEP] must be among special tokens.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="RecipeException">The options are impossible.</exception>
    public static PipelineTokenizer Train(
        IEnumerable<string> documents, TokenizerTrainingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        options ??= new();
        var special = options.SpecialTokens ?? UsualTokens;
        options.Check(special.Count + 1);
        if (UsualTokens.Skip(1).Take(3).FirstOrDefault(token => !special.Contains(token)) is { } missing)
        {
            throw new RecipeException($"A WordPiece tokenizer needs the special token {missing}.");
        }

        var words = new WordCounts();
        words.AddAll(documents, special, new BertNormalizer(true, true, options.Lowercase, options.Lowercase), new BertPreTokenizer(), cancellation);
        var counted = words.Sorted.ToList();
        var alphabet = CharacterCounts.MostFrequent(counted, Math.Min(options.AlphabetLimit, options.VocabularySize - special.Count)).ToHashSet(StringComparer.Ordinal);

        var vocabulary = new GrowingVocabulary();
        foreach (var token in special.Concat(alphabet.Order(StringComparer.Ordinal)))
        {
            vocabulary.IdOf(token);
        }

        var merger = new PairMerger();
        foreach (var (word, count) in counted)
        {
            if (Spell(word, alphabet, vocabulary, options.VocabularySize) is { } symbols)
            {
                merger.Add(symbols, count);
            }
        }
        var first = vocabulary.Tokens.Count;
        merger.Run(options.MinimumFrequency, (left, right) =>
        {
            progress?.Report((double)(vocabulary.Tokens.Count - first) / (options.VocabularySize - first));
            return vocabulary.Join(left, right, Inner.Length);
        }, () => vocabulary.Tokens.Count >= options.VocabularySize, cancellation);
        progress?.Report(1);
        return Make(vocabulary, special, options.Lowercase);
    }

    private static int[]? Spell(string word, HashSet<string> alphabet, GrowingVocabulary vocabulary, int limit)
    {
        List<int> symbols = [];
        foreach (var rune in word.EnumerateRunes())
        {
            var text = rune.ToString();
            if (!alphabet.Contains(text))
            {
                return null;
            }

            var token = symbols.Count == 0 ? text : Inner + text;
            if (vocabulary.Tokens.Count >= limit && !vocabulary.Has(token))
            {
                return null;
            }

            symbols.Add(vocabulary.IdOf(token));
        }
        return [.. symbols];
    }

    private static PipelineTokenizer Make(GrowingVocabulary vocabulary, IReadOnlyList<string> special, bool lowercase)
    {
        int IdOf(string token) => vocabulary.IdOf(token);
        var json = TokenizerJson.Write(
            special.Select((token, id) => (id, token)),
            TokenizerJson.BertNormalizer(lowercase),
            new System.Text.Json.Nodes.JsonObject { ["type"] = "BertPreTokenizer" },
            TokenizerJson.BertTemplate("[CLS]", IdOf("[CLS]"), "[SEP]", IdOf("[SEP]")),
            TokenizerJson.WordPieceDecoder(),
            writer => TokenizerJson.WriteWordPiece(writer, vocabulary.Entries, "[UNK]"));
        return TokenizerReader.Read(json, new(), null, "The trained tokenizer");
    }
}
