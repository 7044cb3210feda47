using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Learns a byte-level BPE tokenizer as GPT-2's (Radford et al. 2019): every text can be encoded and comes back as it was.
/// The same documents give the same tokenizer.
/// </summary>
public static class ByteLevelBpeTrainer
{
    /// <summary>The token between documents, which begins and ends a text.</summary>
    public const string EndOfText = "<|endoftext|>";

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
        var special = options.SpecialTokens ?? [EndOfText];
        options.Check(special.Count + ByteLevel.Characters.Length);
        var words = new WordCounts();
        words.AddAll(documents, special, null, new ByteLevelPreTokenizer(addsPrefixSpace: false, splits: true, maps: false), cancellation);

        var vocabulary = new GrowingVocabulary();
        foreach (var token in special)
            vocabulary.IdOf(token);
        foreach (var character in ByteLevel.Characters.Order())
            vocabulary.IdOf(character.ToString());
        var merger = new PairMerger();
        var byteIds = ByteLevel.Characters.Select(character => vocabulary.IdOf(character.ToString())).ToArray();
        foreach (var (word, count) in words.Sorted)
            merger.Add([.. System.Text.Encoding.UTF8.GetBytes(word).Select(value => byteIds[value])], count);
        var first = vocabulary.Tokens.Count;
        merger.Run(options.MinimumFrequency, (left, right) =>
        {
            progress?.Report((double)(vocabulary.Tokens.Count - first) / (options.VocabularySize - first));
            return vocabulary.Join(left, right, prefixLength: 0);
        }, () => vocabulary.Tokens.Count >= options.VocabularySize, cancellation);
        progress?.Report(1);
        return Make(vocabulary, special);
    }

    private static PipelineTokenizer Make(GrowingVocabulary vocabulary, IReadOnlyList<string> special)
    {
        var json = TokenizerJson.Write(
            special.Select((token, id) => (id, token)), null, TokenizerJson.ByteLevel(), TokenizerJson.ByteLevel(trimsOffsets: false), TokenizerJson.ByteLevel(),
            writer => TokenizerJson.WriteBpe(writer, vocabulary.Entries, vocabulary.Merges));
        return TokenizerReader.Read(json, new(), null, "The trained tokenizer");
    }
}
