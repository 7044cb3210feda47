using Plinth.Inference.Sampling;
using Plinth.Recipes.Parity;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

/// <summary>Order of processors, and what they leave alone; their scores are compared in <see cref="Recipes.NumericParityTests"/>.</summary>
public sealed class LogitsProcessorTests
{
    public static TheoryData<string> Names => [.. NumericCase.Processors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_processor_leaves_the_scores_it_is_given_alone(string name)
    {
        using var scope = NewDisposeScope();
        var parity = new ParityCase(Fixtures.Folder("num-logits-processors"), dump: null);
        var scores = parity.Get("scores");
        var before = scores.data<float>().ToArray();

        NumericCase.Processors[name].Apply(NumericCase.History(parity), scores);

        Assert.Equal(before, scores.data<float>().ToArray());
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
}
