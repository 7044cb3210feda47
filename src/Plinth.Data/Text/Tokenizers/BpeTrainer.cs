using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Learns a byte-pair encoding over characters (Sennrich et al. 2016, arXiv:1508.07909) in the form that Llama and Mistral have it: <c>▁</c> stands for the
/// space, one is put before a text, and characters that the vocabulary lacks are written in their bytes. The same documents give the same tokenizer.
/// </summary>
/// <remarks>
/// Merges are learnt within words and runs of white space, each digit for itself, as Llama's are; text is not cut when it is encoded, for no merge reaches
/// further. Every text without control tokens comes back as it was, but for <c>▁</c> itself, which becomes a space as it does in Llama's.
/// </remarks>
public static class BpeTrainer
{
    private const string Unknown = "<unk>", Begin = "<s>", End = "</s>";

    private const char Space = '\u2581';

    /// <summary>The control tokens where none are named, in Llama's order.</summary>
    public static IReadOnlyList<string> UsualTokens { get; } = [Unknown, Begin, End];

    /// <summary>Learns from documents.</summary>
    /// <param name="documents">Texts, read once.</param>
    /// <param name="options">Sizes and special tokens; null for the defaults. The special tokens must hold &lt;unk&gt;, &lt;s&gt; and &lt;/s&gt;.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="RecipeException">The options are impossible.</exception>
    public static PipelineTokenizer Train(
        IEnumerable<string> documents, TokenizerTrainingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        options ??= new();
        var control = options.SpecialTokens ?? UsualTokens;
        HashSet<string> reserved = [.. control, .. options.FallsBackToBytes ? ByteLevel.Pieces : []];
        options.Check(control.Count + (options.FallsBackToBytes ? ByteLevel.Pieces.Length : 0) + 1);
        if (UsualTokens.FirstOrDefault(token => !control.Contains(token)) is { } missing)
        {
            throw new RecipeException($"A BPE tokenizer needs the special token {missing}.");
        }

        var words = new WordCounts();
        words.AddAll(documents, control, null, Words(), cancellation);
        var counted = words.Sorted.ToList();
        var vocabulary = new GrowingVocabulary();
        foreach (var token in control.Concat(options.FallsBackToBytes ? ByteLevel.Pieces : []))
        {
            vocabulary.IdOf(token);
        }

        var room = options.VocabularySize - vocabulary.Tokens.Count;
        // A control token of one character stands in no word: what a text has of it is cut out before.
        var alphabet = CharacterCounts.Covering(counted, options.CharacterCoverage, room, Space.ToString()).Where(character => !reserved.Contains(character)).ToHashSet(StringComparer.Ordinal);
        foreach (var character in alphabet.Order(StringComparer.Ordinal))
        {
            vocabulary.IdOf(character);
        }

        var merger = new PairMerger();
        foreach (var (word, count) in counted)
        {
            foreach (var part in Spelled(word, alphabet, vocabulary))
            {
                merger.Add(part, count);
            }
        }

        var first = vocabulary.Tokens.Count;
        merger.Run(options.MinimumFrequency, (left, right) =>
        {
            progress?.Report((double)(vocabulary.Tokens.Count - first) / (options.VocabularySize - first));
            // What a text spells out is never the control token or the byte of that name.
            return reserved.Contains(vocabulary.Tokens[left] + vocabulary.Tokens[right]) ? -1 : vocabulary.Join(left, right, prefixLength: 0);
        }, () => vocabulary.Tokens.Count >= options.VocabularySize, cancellation);
        progress?.Report(1);
        return Make(vocabulary, control, options.FallsBackToBytes);
    }

    /// <summary>What of a word is between characters that the vocabulary lacks; no merge reaches across those.</summary>
    private static IEnumerable<int[]> Spelled(string word, HashSet<string> alphabet, GrowingVocabulary vocabulary)
    {
        List<int> part = [];
        foreach (var rune in word.EnumerateRunes())
        {
            if (rune.ToString() is var character && alphabet.Contains(character))
            {
                part.Add(vocabulary.IdOf(character));
            }
            else if (part.Count > 0)
            {
                yield return [.. part];
                part.Clear();
            }
        }

        if (part.Count > 0)
        {
            yield return [.. part];
        }
    }

    // GPT-2's words, whose runs of white space keep indentation together, with each digit for itself.
    private static PreTokenizerSequence Words() => new(
    [
        new ByteLevelPreTokenizer(addsPrefixSpace: true, splits: true, maps: false),
        new SplitPreTokenizer(SplitPreTokenizer.Matching(CodePoints.IsNumber), SplitBehavior.Isolated, inverts: false),
        new MetaspacePreTokenizer(Space, PrependScheme.Never, splits: false),
    ]);

    private static PipelineTokenizer Make(GrowingVocabulary vocabulary, IReadOnlyList<string> control, bool fallsBackToBytes)
    {
        var json = TokenizerJson.Write(
            control.Select((token, id) => (id, token)), LlamaNormalizer(), null, TokenizerJson.BeginTemplate(Begin, vocabulary.IdOf(Begin)), LlamaDecoder(),
            writer => TokenizerJson.WriteBpe(writer, vocabulary.Entries, vocabulary.Merges, Unknown, fusesUnknown: true, fallsBackToBytes: fallsBackToBytes));
        return TokenizerReader.Read(json, new(), null, "The trained tokenizer");
    }

    private static JsonObject LlamaNormalizer() => new()
    {
        ["type"] = "Sequence",
        ["normalizers"] = new JsonArray(
            new JsonObject { ["type"] = "Prepend", ["prepend"] = Space.ToString() },
            TokenizerJson.Replace(" ", Space.ToString())),
    };

    private static JsonObject LlamaDecoder() => new()
    {
        ["type"] = "Sequence",
        ["decoders"] = new JsonArray(
            TokenizerJson.Replace(Space.ToString(), " "),
            new JsonObject { ["type"] = "ByteFallback" },
            new JsonObject { ["type"] = "Fuse" },
            new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 }),
    };
}
