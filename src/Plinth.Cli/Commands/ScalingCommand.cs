using System.CommandLine;
using System.Globalization;
using Plinth.Recipes.Scaling;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth scaling</c>: what a larger run will come to, said before it starts.</summary>
internal static class ScalingCommand
{
    public static Command Create() => new("scaling", "Predict from small runs what a larger one will come to, and hold it to that afterwards.") { Predict(), Check() };

    private static Command Predict()
    {
        var runs = new Argument<string[]>("runs") { Description = $"Folders of runs that have ended, at least {PowerLaw.LeastRuns} of different sizes.", Arity = ArgumentArity.OneOrMore };
        var weights = new Option<long>("--weights") { Description = "Trained weights of the run to come (its log's first line says them, and so does plinth inspect).", Required = true };
        var elements = new Option<long>("--elements") { Description = "Elements it will learn from: steps × batch × accumulation × length.", Required = true };
        var metric = new Option<string>("--metric") { Description = "The score.", DefaultValueFactory = _ => "loss" };
        var axis = new Option<ScalingAxis>("--by") { Description = "What grows from run to run.", DefaultValueFactory = _ => ScalingAxis.Compute };
        var confidence = new Option<double>("--confidence") { Description = "How probable the interval shall be.", DefaultValueFactory = _ => 0.9 };
        var output = new Option<string>("--output", "-o") { Description = "Where the prediction is written.", DefaultValueFactory = _ => "prediction.json" };
        var command = new Command("predict",
            "Fit a power law to runs of several sizes and predict a larger one, with an interval, into a file that cannot be changed unnoticed.\n\n" +
            "Example:  plinth scaling predict runs/scaling-32 runs/scaling-48 runs/scaling-64 runs/scaling-96 --weights 1250000 --elements 3072000")
        {
            runs, weights, elements, metric, axis, confidence, output,
        };
        command.SetAction(parsed =>
        {
            var score = parsed.GetValue(metric)!;
            ScalingPoint[] points = [.. parsed.GetValue(runs)!.Select(folder => ScalingPoint.Load(folder, score))];
            var said = ScalingPrediction.Of(
                points, score, parsed.GetValue(axis), parsed.GetValue(weights), parsed.GetValue(elements), parsed.GetValue(confidence), TimeProvider.System);
            said.Save(parsed.GetValue(output)!);
            foreach (var point in points)
            {
                Line($"{point.Name,-24}  {point.Weights,12:N0} weights  {point.Elements,14:N0} elements  {score} {point.Score:0.0000}");
            }

            Line($"law: {score} = {said.Law.Factor:G4} × {said.Axis.ToString().ToLowerInvariant()}^{said.Law.Exponent:0.0000}, the runs lie {said.Law.Deviation:0.00%} off it");
            Line($"predicted: {said.Estimate.Value:0.0000}, from {said.Estimate.Low:0.0000} to {said.Estimate.High:0.0000} with a probability of {said.Confidence:0.##}");
            Line($"written: {parsed.GetValue(output)}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Check()
    {
        var prediction = new Argument<string>("prediction") { Description = "File of the prediction." };
        var run = new Argument<string>("run") { Description = "Folder of the run that was predicted." };
        var command = new Command("check",
            "Look whether a prediction came true. Exit code 1 where the score lies outside of the interval, or the run began before the prediction was written.\n\n" +
            "Example:  plinth scaling check prediction.json runs/scaling-160")
        {
            prediction, run,
        };
        command.SetAction(parsed =>
        {
            var said = ScalingPrediction.Load(parsed.GetValue(prediction)!);
            var verdict = said.Check(parsed.GetValue(run)!);
            Line($"{verdict.Run.Name}: {said.Metric} {verdict.Run.Score:0.0000}; predicted {verdict.Estimate.Value:0.0000}, from {verdict.Estimate.Low:0.0000} to {verdict.Estimate.High:0.0000}");
            Line($"{(verdict.IsWithin ? "within" : "outside of")} the interval; the prediction was written {(verdict.IsEarlier ? "before" : "after")} the run began");
            return verdict.Holds ? ExitCodes.Success : ExitCodes.Negative;
        });
        return command;
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
