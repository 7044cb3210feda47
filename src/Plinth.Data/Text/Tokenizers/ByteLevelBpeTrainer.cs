using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Learns a byte-level BPE tokenizer as GPT-2's (Radford et al. 2019): every text can be encoded and comes back as it was.
/// The same documents give the same tokenizer.
/// </summary>
/// <remarks>
/// With <see cref="TokenizerTrainingOptions.AcrossWords" /> tokens may hold several words, as Jurassic-1's do (Lieber et al. 2021). They are learnt in two
/// stages, words first (Liu et al. 2025, arXiv:2503.13423), and never reach across the end of a line or of a sentence.
/// </remarks>
public static class ByteLevelBpeTrainer
{
    /// <summary>The token between documents, which begins and ends a text.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The control tokens where none are named.</summary>
    public static IReadOnlyList<string> UsualTokens { get; } = [EndOfText];

    /// <summary>Learns from documents.</summary>
    /// <param name="documents">Texts, read once.</param>
    /// <param name="options">Sizes and special tokens; null for the defaults.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="RecipeException">The options are impossible.</exception>
    public static PipelineTokenizer Train(
        IEnumerable<string> documents, TokenizerTrainingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        options ??= new();
        var special = options.SpecialTokens ?? UsualTokens;
        options.Check(special.Count + ByteLevel.Characters.Length);
        var words = new WordCounts();
        WordCounts? sentences = null;
        if (options.AcrossWords)
        {
            sentences = new();
            sentences.AddAll(documents, special, null, new WordCutter(WordCuts.Sentences), cancellation);
            foreach (var (sentence, count) in sentences.Sorted)
            {
                words.AddWords(sentence, count);
            }
        }
        else
        {
            words.AddAll(documents, special, null, new ByteLevelPreTokenizer(addsPrefixSpace: false, splits: true, maps: false), cancellation);
        }

        var vocabulary = new GrowingVocabulary();
        foreach (var token in special)
        {
            vocabulary.IdOf(token);
        }

        foreach (var character in ByteLevel.Characters.Order())
        {
            vocabulary.IdOf(character.ToString());
        }

        var byteIds = ByteLevel.Characters.Select(character => vocabulary.IdOf(character.ToString())).ToArray();
        var first = vocabulary.Tokens.Count;
        var withinWords = sentences is null ? options.VocabularySize : first + (int)((options.VocabularySize - first) * options.WithinWordsShare);
        Learn(words.Sorted.Select(word => (System.Text.Encoding.UTF8.GetBytes(word.Key).Select(value => byteIds[value]).ToArray(), word.Value)), withinWords);
        if (sentences is not null)
        {
            Learn(Spelled(sentences, vocabulary), options.VocabularySize);
        }

        progress?.Report(1);
        return Make(vocabulary, special, options);

        void Learn(IEnumerable<(int[] Symbols, long Count)> pieces, int size)
        {
            var merger = new PairMerger();
            foreach (var (symbols, count) in pieces)
            {
                merger.Add(symbols, count);
            }

            merger.Run(options.MinimumFrequency, (left, right) =>
            {
                progress?.Report((double)(vocabulary.Tokens.Count - first) / (options.VocabularySize - first));
                return vocabulary.Join(left, right, prefixLength: 0);
            }, () => vocabulary.Tokens.Count >= size, cancellation);
        }
    }

    /// <summary>Sentences in the tokens that are learnt so far, cut as they will be when text is encoded.</summary>
    private static IEnumerable<(int[] Symbols, long Count)> Spelled(WordCounts sentences, GrowingVocabulary learnt)
    {
        var vocabulary = new Vocabulary();
        foreach (var (token, id) in learnt.Entries)
        {
            vocabulary.Add(token, id, "The trained tokenizer");
        }

        var model = new BpeModel(vocabulary, BpeMerges.FromPairs(vocabulary, learnt.Merges, null, "The trained tokenizer"), new());
        List<WordToken> tokens = [];
        foreach (var (sentence, count) in sentences.Sorted)
        {
            tokens.Clear();
            model.TokenizeBytes(System.Text.Encoding.UTF8.GetBytes(sentence), tokens);
            yield return ([.. tokens.Select(token => token.Id)], count);
        }
    }

    private static PipelineTokenizer Make(GrowingVocabulary vocabulary, IReadOnlyList<string> special, TokenizerTrainingOptions options)
    {
        JsonNode cut = options.AcrossWords
            ? new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = WordCuts.SentenceExpression }, ["behavior"] = "Isolated", ["invert"] = false },
                    TokenizerJson.ByteLevel(splits: false)),
            }
            : TokenizerJson.ByteLevel();
        // The last special token ends texts, as GPT-2's only one does.
        var around = options.EndsTexts ? TokenizerJson.EndTemplate(special[^1], special.Count - 1) : TokenizerJson.ByteLevel(trimsOffsets: false);
        var json = TokenizerJson.Write(
            special.Select((token, id) => (id, token)), null, cut, around, TokenizerJson.ByteLevel(),
            writer => TokenizerJson.WriteBpe(writer, vocabulary.Entries, vocabulary.Merges));
        return TokenizerReader.Read(json, new(), null, "The trained tokenizer");
    }
}
