using Plinth.Core;
using Plinth.Recipes.Records;
using Plinth.Recipes.Scaling;
using Xunit;

namespace Plinth.Tests.Recipes.Scaling;

public class ScalingTests
{
    private static readonly DateTimeOffset noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_law_without_noise_is_found_and_predicts_itself()
    {
        var law = PowerLaw.Fit([.. new[] { 1e6, 3e6, 1e7, 4e7, 1e8 }.Select(size => (size, 7.5 * Math.Pow(size, -0.08)))]);
        Assert.Equal(7.5, law.Factor, 1e-9);
        Assert.Equal(-0.08, law.Exponent, 1e-12);
        var said = law.Predict(1e9, 0.99);
        Assert.Equal(7.5 * Math.Pow(1e9, -0.08), said.Value, 1e-9);
        Assert.InRange(said.High - said.Low, 0, 1e-9);
    }

    [Fact]
    public void An_interval_of_nine_in_ten_holds_nine_in_ten()
    {
        var random = new Random(4);
        double Noisy(double size) => 5 * Math.Pow(size, -0.1) * Math.Exp(0.02 * Normal(random));
        var within = Enumerable.Range(0, 4000).Count(_ =>
        {
            var said = PowerLaw.Fit([.. new[] { 1e5, 3e5, 1e6, 3e6 }.Select(size => (size, Noisy(size)))]).Predict(2e7, 0.9);
            var came = Noisy(2e7);
            return came >= said.Low && came <= said.High;
        });
        Assert.InRange(within / 4000.0, 0.885, 0.915);
    }

    [Fact]
    public void Too_few_runs_and_impossible_numbers_are_refused()
    {
        Assert.Throws<BadInputException>(() => PowerLaw.Fit([(1, 1), (2, 1), (3, 1)]));
        Assert.Throws<BadInputException>(() => PowerLaw.Fit([(1, 1), (1, 1), (2, 1), (2, 1)]));
        var law = PowerLaw.Fit([(1, 4), (2, 3), (4, 2), (8, 1)]);
        Assert.Throws<BadInputException>(() => law.Predict(16, 1));
        Assert.Throws<BadInputException>(() => ScalingPrediction.Of(Runs(), "loss", ScalingAxis.Compute, 0, 1, 0.9, TimeProvider.System));
    }

    [Fact]
    public void A_prediction_comes_true_only_if_it_was_said_before()
    {
        using var folder = new TemporaryFolder();
        var said = ScalingPrediction.Of(Runs(), "loss", ScalingAxis.Compute, 1600, 1000, 0.9, new Clock(noon));
        said.Save(folder.Path("prediction.json"));
        var read = ScalingPrediction.Load(folder.Path("prediction.json"));
        Assert.Equal(said.Estimate, read.Estimate);

        Record(folder.Path("good"), said.Estimate.Value, noon.AddHours(1));
        Record(folder.Path("bad"), said.Estimate.High * 1.01, noon.AddHours(1));
        Record(folder.Path("old"), said.Estimate.Value, noon.AddSeconds(99));
        Assert.True(read.Check(folder.Path("good")).Holds);
        Assert.True(read.Check(folder.Path("bad")) is { IsEarlier: true, IsWithin: false, Holds: false });
        Assert.True(read.Check(folder.Path("old")) is { IsEarlier: false, IsWithin: true, Holds: false });
    }

    [Fact]
    public void What_was_changed_proves_nothing()
    {
        using var folder = new TemporaryFolder();
        ScalingPrediction.Of(Runs(), "loss", ScalingAxis.Weights, 1600, 1000, 0.9, new Clock(noon)).Save(folder.Path("prediction.json"));
        File.WriteAllText(folder.Path("prediction.json"), File.ReadAllText(folder.Path("prediction.json")).Replace("\"confidence\": 0.9", "\"confidence\": 0.8", StringComparison.Ordinal));
        Assert.Contains("was changed", Assert.Throws<BadInputException>(() => ScalingPrediction.Load(folder.Path("prediction.json"))).Message, StringComparison.Ordinal);

        Record(folder.Path("run"), 2, noon);
        File.WriteAllText(folder.Path("run", "run.json"), File.ReadAllText(folder.Path("run", "run.json")).Replace("\"loss\": 2", "\"loss\": 1", StringComparison.Ordinal));
        Assert.Contains("was changed", Assert.Throws<BadInputException>(() => ScalingPoint.Load(folder.Path("run"), "loss")).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => ScalingPrediction.Load(folder.Path("run", "run.json")));
    }

    [Fact]
    public void A_score_that_a_run_lacks_is_named_with_those_that_it_has()
    {
        using var folder = new TemporaryFolder();
        Record(folder.Path("run"), 2, noon);
        Assert.Contains("It has: loss.", Assert.Throws<BadInputException>(() => ScalingPoint.Load(folder.Path("run"), "accuracy")).Message, StringComparison.Ordinal);
    }

    private static ScalingPoint[] Runs() => [new("a", 100, 1000, 4.02), new("b", 200, 1000, 3.51), new("c", 400, 1000, 3.05), new("d", 800, 1000, 2.66)];

    private static void Record(string folder, double loss, DateTimeOffset ended)
    {
        Directory.CreateDirectory(folder);
        new RunRecord
        {
            Name = "run", ModelType = "gpt2", Recipe = "", Seed = 1, Steps = 10, ElementsSeen = 1000, TrainedCount = 1600, Seconds = 100, WattHours = 0, Ended = ended,
            Software = [], Machine = [], Data = [], Scores = new() { ["loss"] = loss }, Losses = [], Files = [],
        }.Sealed().Save(folder);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
