using Plinth.Core.Checkpoints;
using Plinth.Inference.Sampling;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

/// <summary>Every processor against the reference's scores.</summary>
public sealed class LogitsProcessorTests
{
    private static readonly Dictionary<string, LogitsProcessor> Processors = new()
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

    public static TheoryData<string> Names => [.. Processors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Scores_are_the_reference_s(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Open();
        var expected = file.Read(name).data<float>().ToArray();
        var scores = file.Read("scores");
        var before = scores.data<float>().ToArray();

        var actual = Processors[name].Apply(History(file), scores).contiguous().data<float>().ToArray();

        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) < 1e-5, $"{name}[{i}]: {actual[i]} for {expected[i]}");
        Assert.Equal(before, scores.data<float>().ToArray());
    }

    [Fact]
    public void Every_stored_processor_is_compared()
    {
        using var file = Open();
        Assert.Equal(file.Entries.Keys.Except(["input_ids", "scores"]).Order(), Processors.Keys.Order());
    }

    [Fact]
    public void Options_give_the_processors_in_the_reference_s_order()
    {
        var options = new GenerationOptions
        {
            DoSample = true, Temperature = 0.5, TopP = 0.9, MinP = 0.1, TypicalP = 0.9, EpsilonCutoff = 0.1, EtaCutoff = 0.1, RepetitionPenalty = 2,
            NoRepeatNgramSize = 2, BadWordsIds = [[1]], MinNewTokens = 2, ForcedBosTokenId = 1, ForcedEosTokenId = 1,
            ExponentialDecayLengthPenalty = new(1, 1.1), SuppressTokens = [4], RenormalizeLogits = true,
        };

        Assert.Equal(
            [
                typeof(RepetitionPenaltyProcessor), typeof(NoRepeatNgramProcessor), typeof(BadWordsProcessor), typeof(MinLengthProcessor),
                typeof(ForcedTokenProcessor), typeof(ForcedTokenProcessor), typeof(ExponentialDecayProcessor), typeof(SuppressProcessor),
                typeof(TemperatureProcessor), typeof(TopKProcessor), typeof(TopPProcessor), typeof(MinPProcessor), typeof(TypicalProcessor),
                typeof(EpsilonProcessor), typeof(EtaProcessor), typeof(NormalizeProcessor),
            ],
            new LogitsProcessors(options, [7]).All.Select(processor => processor.GetType()));
        Assert.Empty(new LogitsProcessors(new() { Temperature = 0.5 }, [7]).All);
    }

    private static SafetensorsFile Open() => SafetensorsFile.Open(Path.Combine(Fixtures.Folder("num-logits-processors"), "expected.safetensors"));

    // The stored cases count two tokens as the prompt.
    private static TokenHistory History(SafetensorsFile file) =>
        new([.. file.Read("input_ids").data<long>().ToArray().Select(id => (int)id).Chunk(9)], [2, 2, 2]);
}
