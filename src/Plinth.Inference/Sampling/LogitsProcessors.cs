using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>The processors that options ask for, in the reference's order.</summary>
public sealed class LogitsProcessors
{
    private readonly List<LogitsProcessor> processors = [];

    /// <param name="options">Valid options.</param>
    /// <param name="endIds">Ids that end a sequence.</param>
    /// <param name="extra">The caller's own, which come before the filters of sampling.</param>
    public LogitsProcessors(GenerationOptions options, IReadOnlyList<int> endIds, params IEnumerable<LogitsProcessor> extra)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(endIds);
        AddIf(options.RepetitionPenalty != 1, () => new RepetitionPenaltyProcessor(options.RepetitionPenalty));
        AddIf(options.FrequencyPenalty != 0 || options.PresencePenalty != 0, () => new CountPenaltyProcessor(options.FrequencyPenalty, options.PresencePenalty));
        AddIf(options.NoRepeatNgramSize > 0, () => new NoRepeatNgramProcessor(options.NoRepeatNgramSize));
        // The end itself is no word; it is governed by the lengths.
        var words = options.BadWordsIds.Where(word => !(word is [var id] && endIds.Contains(id))).ToList();
        AddIf(words.Count > 0, () => new BadWordsProcessor(words));
        AddIf(endIds.Count > 0 && (options.MinLength > 0 || options.MinNewTokens > 0),
            () => new MinLengthProcessor(options.MinLength, options.MinNewTokens, endIds));
        AddIf(options.ForcedBosTokenId is not null, () => ForcedTokenProcessor.AtBegin(options.ForcedBosTokenId!.Value));
        AddIf(options.ForcedEosTokenId is not null, () => ForcedTokenProcessor.AtEnd(options.ForcedEosTokenId!.Value, options.MaxNewTokens));
        AddIf(endIds.Count > 0 && options.ExponentialDecayLengthPenalty is not null,
            () => new ExponentialDecayProcessor(options.ExponentialDecayLengthPenalty!, endIds));
        AddIf(options.SuppressTokens.Count > 0, () => new SuppressProcessor(options.SuppressTokens));
        processors.AddRange(extra);
        if (options.DoSample)
        {
            // A beam needs one way to go on even where every end is likely.
            var kept = options.NumBeams > 1 ? Math.Max(1, endIds.Count) + 1 : 1;
            AddIf(options.Temperature != 1, () => new TemperatureProcessor(options.Temperature));
            AddIf(options.TopK > 0, () => new TopKProcessor(options.TopK, kept));
            AddIf(options.TopP < 1, () => new TopPProcessor(options.TopP, kept));
            AddIf(options.MinP is not null, () => new MinPProcessor(options.MinP!.Value, kept));
            AddIf(options.TypicalP < 1, () => new TypicalProcessor(options.TypicalP, kept));
            AddIf(options.EpsilonCutoff > 0, () => new EpsilonProcessor(options.EpsilonCutoff, kept));
            AddIf(options.EtaCutoff > 0, () => new EtaProcessor(options.EtaCutoff, kept));
        }

        AddIf(options.RenormalizeLogits, () => new NormalizeProcessor());
    }

    /// <summary>The processors, first to last.</summary>
    public IReadOnlyList<LogitsProcessor> All => processors;

    /// <summary>Applies all of them.</summary>
    /// <param name="history">What stands before the next token.</param>
    /// <param name="scores"><c>[batch, vocab]</c>.</param>
    /// <returns><c>[batch, vocab]</c>.</returns>
    public Tensor Apply(TokenHistory history, Tensor scores) =>
        processors.Aggregate(scores, (current, processor) => processor.Apply(history, current));

    private void AddIf(bool isWanted, Func<LogitsProcessor> make)
    {
        if (isWanted)
        {
            processors.Add(make());
        }
    }
}
