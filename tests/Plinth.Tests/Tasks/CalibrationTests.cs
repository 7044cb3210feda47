using Plinth.Core;
using Plinth.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

/// <summary>Classifiers whose probabilities and thresholds are chosen on held-out samples.</summary>
public sealed class CalibrationTests : IDisposable
{
    private static readonly string[] Names = ["no", "yes", "odd"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ClassificationKind.SingleLabel)]
    [InlineData(ClassificationKind.MultiLabel)]
    public void Probabilities_become_truer_and_ranks_stay(ClassificationKind kind)
    {
        var outputs = Outputs(new() { Kind = kind, Calibration = new() });
        var (samples, logits) = Drawn(kind, 300);
        var answers = Answers(outputs, logits);
        var before = outputs.Score(samples, answers).ToDictionary();
        outputs.Calibrate(samples, answers);
        var chosen = outputs.Calibration!;
        // The logits are four times those that the labels were drawn with.
        Assert.InRange(chosen.Temperature, 3, 5.5);
        Assert.True(chosen.Error < chosen.ErrorBefore / 2, $"{chosen.ErrorBefore} -> {chosen.Error}");
        var after = outputs.Score(samples, Answers(outputs, logits)).ToDictionary();
        Assert.Equal((chosen.ErrorBefore, chosen.Error), (after["calibration_error_before"], after["calibration_error"]));
        Assert.Equal(before["roc_auc"], after["roc_auc"], 12);
        Assert.DoesNotContain("calibration_error", before.Keys);
        Assert.Equal(["no", "odd", "yes"], chosen.Thresholds.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Thresholds_keep_what_they_were_chosen_for()
    {
        var (samples, logits) = Drawn(ClassificationKind.MultiLabel, 300);
        double Reached(string metric, CalibrationOptions options)
        {
            var outputs = Outputs(new() { Kind = ClassificationKind.MultiLabel, Calibration = options });
            outputs.Calibrate(samples, Answers(outputs, logits));
            return outputs.Score(samples, Answers(outputs, logits)).ToDictionary()[metric];
        }

        Assert.True(Reached("precision_yes", new() { Precision = 0.8 }) >= 0.8);
        Assert.True(Reached("recall_yes", new() { Precision = 0.8 }) > 0.2);
        Assert.True(Reached("recall_yes", new() { Recall = 0.95 }) >= 0.95);
        Assert.True(Reached("precision_yes", new() { Recall = 0.95 }) < Reached("precision_yes", new() { Precision = 0.8 }));
        Assert.Throws<KeyNotFoundException>(() => Reached("recall_no", new() { Labels = ["yes"] }));
    }

    [Fact]
    public void A_class_that_cannot_be_told_is_never_flagged()
    {
        var outputs = Outputs(new() { Kind = ClassificationKind.MultiLabel, Calibration = new() { Precision = 0.9 } });
        TextSample[] samples = [new("a") { LabelSet = [0, 1] }, new("b") { LabelSet = [] }];
        outputs.Calibrate(samples, Answers(outputs, [[2, -1, 0], [-2, 1, 0]]));
        Assert.Equal(double.PositiveInfinity, outputs.Calibration!.Thresholds["yes"]);
        Assert.Equal(double.PositiveInfinity, outputs.Calibration.Thresholds["odd"]);
        // Between 0.88 and 0.12: neither the last digits of the one nor of the other decide.
        Assert.Equal(0.5, outputs.Calibration.Thresholds["no"], 9);
        outputs.Calibration.Save(folder.Root);
        var again = Calibration.Load(folder.Root, Names)!;
        Assert.Equal(outputs.Calibration.Thresholds, again.Thresholds);
        Assert.Equal(outputs.Calibration with { Thresholds = again.Thresholds }, again);
        var labels = ((LabelScores)outputs.Named((ClassScores)Answers(outputs, [[9, 9, 9]])[0])).Labels;
        Assert.Equal("no", Assert.Single(labels, label => label.IsFlagged).Label);
    }

    [Fact]
    public void Where_all_is_right_the_temperature_stays()
    {
        var outputs = Outputs(new() { Calibration = new() });
        outputs.Calibrate([new TextSample("a") { Label = 0 }, new TextSample("b") { Label = 1 }], Answers(outputs, [[2, 1, 0], [0, 1, 0]]));
        Assert.Equal(1, outputs.Calibration!.Temperature);
    }

    [Theory]
    [InlineData("""{ "temperature": 0, "thresholds": {} }""", "temperature = 0")]
    [InlineData("""{ "temperature": "warm", "thresholds": {} }""", "'temperature'")]
    [InlineData("""{ "temperature": 1 }""", "'thresholds'")]
    [InlineData("""{ "temperature": 1, "thresholds": { "yes": 2 } }""", "between 0 and 1")]
    [InlineData("""{ "temperature": 1, "thresholds": { "perhaps": 0.5 } }""", "no class 'perhaps'")]
    [InlineData("""{ "temperature": """, "calibration.json")]
    public void A_damaged_file_is_told_of(string json, string told)
    {
        File.WriteAllText(folder.Path(Calibration.FileName), json);
        Assert.Contains(told, Assert.Throws<CheckpointException>(() => Calibration.Load(folder.Root, Names)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.Contains("exclude", Refused(new() { Calibration = new() { Precision = 0.5, Recall = 0.5 } }), StringComparison.Ordinal);
        Assert.Contains("precision 1.5", Refused(new() { Calibration = new() { Precision = 1.5 } }), StringComparison.Ordinal);
        Assert.Contains("recall 0", Refused(new() { Calibration = new() { Recall = 0 } }), StringComparison.Ordinal);
        Assert.Contains("'maybe'", Refused(new() { Calibration = new() { Labels = ["maybe"] } }), StringComparison.Ordinal);
        using var model = TinyModels.For(HeadKind.SequenceClassification, 20, ["value"]);
        Assert.Throws<RecipeException>(() => new ClassOutputs(model.Config, new TextClassificationOptions { Calibration = new() }));
    }

    private static string Refused(TextClassificationOptions options) => Assert.Throws<RecipeException>(() => Outputs(options)).Message;

    private static ClassOutputs Outputs(TextClassificationOptions options)
    {
        using var model = TinyModels.For(HeadKind.SequenceClassification, 20, Names);
        return new(model.Config, options);
    }

    private static IReadOnlyList<Answer> Answers(ClassOutputs outputs, double[][] logits)
    {
        using var values = tensor(logits.SelectMany(own => own).Select(logit => (float)logit).ToArray(), [logits.Length, Names.Length]);
        return outputs.Answers(values);
    }

    // Labels that are as probable as a quarter of the logits says.
    private static (Sample[] Samples, double[][] Logits) Drawn(ClassificationKind kind, int count)
    {
        var random = new Random(5);
        double[][] logits = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Names.Length).Select(_ => (random.NextDouble() * 6) - 3).ToArray())];
        return (
            [
                .. logits.Select(own =>
                {
                    double[] weights = [.. own.Select(Math.Exp)];
                    var at = random.NextDouble() * weights.Sum();
                    return new TextSample("x")
                    {
                        Label = kind == ClassificationKind.SingleLabel ? at < weights[0] ? 0 : at < weights[0] + weights[1] ? 1 : 2 : null,
                        LabelSet = kind == ClassificationKind.SingleLabel ? null : [.. Enumerable.Range(0, Names.Length).Where(i => random.NextDouble() < weights[i] / (1 + weights[i]))],
                    };
                }),
            ],
            [.. logits.Select(own => own.Select(logit => logit * 4).ToArray())]);
    }
}
