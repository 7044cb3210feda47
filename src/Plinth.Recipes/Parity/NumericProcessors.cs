using Plinth.Inference.Sampling;

namespace Plinth.Recipes.Parity;

/// <summary>Logits processors on fixed logits.</summary>
internal static partial class NumericCase
{
    // The parameters are those of the case's source, named there in words.
    public static readonly Dictionary<string, LogitsProcessor> Processors = new(StringComparer.Ordinal)
    {
        ["temperature_0.3"] = new TemperatureProcessor(0.3),
        ["temperature_1.7"] = new TemperatureProcessor(1.7),
        ["top_k_1"] = new TopKProcessor(1),
        ["top_k_5"] = new TopKProcessor(5),
        ["top_k_100"] = new TopKProcessor(100),
        ["top_p_0.3"] = new TopPProcessor(0.3),
        ["top_p_0.9"] = new TopPProcessor(0.9),
        ["top_p_0.5_keep3"] = new TopPProcessor(0.5, 3),
        ["min_p_0.1"] = new MinPProcessor(0.1),
        ["typical_0.8"] = new TypicalProcessor(0.8),
        ["epsilon_0.02"] = new EpsilonProcessor(0.02),
        ["eta_0.05"] = new EtaProcessor(0.05),
        ["repetition_1.5"] = new RepetitionPenaltyProcessor(1.5),
        ["repetition_0.7"] = new RepetitionPenaltyProcessor(0.7),
        ["no_repeat_2"] = new NoRepeatNgramProcessor(2),
        ["no_repeat_3"] = new NoRepeatNgramProcessor(3),
        ["min_length_12"] = new MinLengthProcessor(12, 0, [7]),
        ["forced_bos_4"] = ForcedTokenProcessor.AtBegin(4),
        ["forced_eos_len10"] = ForcedTokenProcessor.AtEnd(7, 8),
        ["suppress"] = new SuppressProcessor([1, 5, 9]),
        ["bad_words"] = new BadWordsProcessor([[3], [25, 8]]),
        ["exp_decay"] = new ExponentialDecayProcessor(new(5, 1.3), [7]),
        ["logit_norm"] = new NormalizeProcessor(),
    };

    /// <summary>The tokens before the scores, of which the case counts two as the prompt.</summary>
    public static TokenHistory History(ParityCase parity)
    {
        var ids = parity.Get("input_ids");
        IReadOnlyList<IReadOnlyList<int>> tokens = [.. ids.data<long>().ToArray().Chunk((int)ids.size(1)).Select(row => (IReadOnlyList<int>)[.. row.Select(id => (int)id)])];
        return new(tokens, [.. tokens.Select(_ => 2)]);
    }

    private static void CompareProcessor(ParityCase parity, string name) =>
        parity.Compare(name, Processors[name].Apply(History(parity), parity.Get("scores").clone()));
}
