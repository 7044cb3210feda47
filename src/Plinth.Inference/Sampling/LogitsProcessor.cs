using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Changes the logits of the next token before one is chosen.</summary>
public abstract class LogitsProcessor
{
    /// <summary>What stands for impossible.</summary>
    protected const double Impossible = double.NegativeInfinity;

    /// <summary>Changes the logits of a batch.</summary>
    /// <param name="tokens">Tokens so far, prompts included, one list per row.</param>
    /// <param name="scores">Logits; <c>[batch, vocab]</c>.</param>
    /// <returns><c>[batch, vocab]</c>; the input may be returned.</returns>
    public abstract Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores);

    /// <summary>The processors that options ask for, in the reference's order.</summary>
    /// <param name="options">The options.</param>
    /// <param name="endIds">Ids that end a text.</param>
    /// <param name="promptLength">Tokens of the prompt, padding included.</param>
    public static IReadOnlyList<LogitsProcessor> For(GenerationOptions options, IReadOnlyList<int> endIds, int promptLength)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(endIds);
        List<LogitsProcessor> chain = [];
        void Add(bool isWanted, Func<LogitsProcessor> make)
        {
            if (isWanted)
            {
                chain.Add(make());
            }
        }

        Add(options.RepetitionPenalty != 1, () => new RepetitionPenalty(options.RepetitionPenalty));
        Add(options.NoRepeatNgramSize > 0, () => new NoRepeatedNgrams(options.NoRepeatNgramSize));
        Add(options.BadWordsIds.Count > 0, () => new ForbiddenSequences(options.BadWordsIds));
        Add(options.MinNewTokens > 0 && endIds.Count > 0, () => new MinimumLength(promptLength + options.MinNewTokens, endIds));
        Add(options.SuppressTokens.Count > 0, () => new SuppressedTokens(options.SuppressTokens));
        if (options.DoSample)
        {
            Add(options.Temperature != 1, () => new Temperature(options.Temperature));
            Add(options.TopK > 0, () => new TopK(options.TopK));
            Add(options.TopP < 1, () => new TopP(options.TopP));
            Add(options.MinP > 0, () => new MinP(options.MinP));
            Add(options.TypicalP < 1, () => new TypicalP(options.TypicalP));
            Add(options.EpsilonCutoff > 0, () => new EpsilonCutoff(options.EpsilonCutoff));
            Add(options.EtaCutoff > 0, () => new EtaCutoff(options.EtaCutoff));
        }

        return chain;
    }

    /// <summary>Ids that exist in this vocabulary, as an index.</summary>
    /// <exception cref="RecipeException">One does not.</exception>
    protected static Tensor Index(IReadOnlyList<int> ids, Tensor scores)
    {
        var vocabulary = scores.size(-1);
        return ids.FirstOrDefault(id => id < 0 || id >= vocabulary, -1) is var bad && bad != -1 || ids.Any(id => id < 0)
            ? throw new RecipeException($"The token id {bad} is not one of the {vocabulary} of this vocabulary.")
            : tensor(ids.Select(id => (long)id).ToArray(), device: scores.device);
    }
}
