using Plinth.Core;
using Plinth.Inference.Sampling;

namespace Plinth.Recipes.Parity;

/// <summary>Logits processors on fixed logits.</summary>
internal static partial class NumericCase
{
    // The parameters are those of the case's source, named there in words.
    private static readonly Dictionary<string, LogitsProcessor> KnownProcessors = new(StringComparer.Ordinal)
    {
        ["temperature_0.3"] = new Temperature(0.3),
        ["temperature_1.7"] = new Temperature(1.7),
        ["top_k_1"] = new TopK(1),
        ["top_k_5"] = new TopK(5),
        ["top_k_100"] = new TopK(100),
        ["top_p_0.3"] = new TopP(0.3),
        ["top_p_0.9"] = new TopP(0.9),
        ["top_p_0.5_keep3"] = new TopP(0.5, 3),
        ["min_p_0.1"] = new MinP(0.1),
        ["typical_0.8"] = new TypicalP(0.8),
        ["epsilon_0.02"] = new EpsilonCutoff(0.02),
        ["eta_0.05"] = new EtaCutoff(0.05),
        ["repetition_1.5"] = new RepetitionPenalty(1.5),
        ["repetition_0.7"] = new RepetitionPenalty(0.7),
        ["no_repeat_2"] = new NoRepeatedNgrams(2),
        ["no_repeat_3"] = new NoRepeatedNgrams(3),
        ["min_length_12"] = new MinimumLength(12, [7]),
        ["forced_bos_4"] = new ForcedToken(4, 1),
        ["forced_eos_len10"] = new ForcedToken(7, 9),
        ["suppress"] = new SuppressedTokens([1, 5, 9]),
        ["bad_words"] = new ForbiddenSequences([[3], [25, 8]]),
        ["exp_decay"] = new ExponentialLengthDecay(7, 1.3, [7]),
        ["logit_norm"] = new Normalization(),
    };

    private static void LogitsProcessors(ParityCase parity)
    {
        var ids = parity.Get("input_ids");
        IReadOnlyList<IReadOnlyList<int>> tokens = [.. ids.data<long>().ToArray().Chunk((int)ids.size(1)).Select(row => (IReadOnlyList<int>)[.. row.Select(id => (int)id)])];
        foreach (var name in parity.Names.Where(name => name is not ("input_ids" or "scores")).ToList())
        {
            if (!KnownProcessors.TryGetValue(name, out var processor))
            {
                throw new CheckpointException($"{parity.Folder}: the logits processor '{name}' is not supported. Known: {string.Join(", ", KnownProcessors.Keys)}.");
            }

            parity.Compare(name, processor.Process(tokens, parity.Get("scores").clone()));
        }
    }
}
