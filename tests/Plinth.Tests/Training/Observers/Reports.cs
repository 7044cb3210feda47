using Plinth.Training.Observers;

namespace Plinth.Tests.Training.Observers;

/// <summary>Reports of an invented run.</summary>
internal static class Reports
{
    public static RunStart Start(long firstStep = 0) => new("pretrain \"tiny\"", firstStep, 100, 12345);

    public static StepReport Step(long step) => new(
        step, 100, 4.5 - (step * 0.01), 1e-3 / step, 0.75, 1234.5, step * 512, TimeSpan.FromSeconds(step * 0.5), TimeSpan.FromSeconds(100 - step), 1L << 33);

    public static EvaluationReport Evaluation(long step, double loss, bool best) =>
        new(step, new Dictionary<string, double> { ["loss"] = loss, ["accuracy"] = 0.25 }, best);

    public static RunEnd End(long step, bool interrupted = false) => new(step, TimeSpan.FromSeconds(61.25), interrupted);

    public static void Play(IRunObserver observer)
    {
        observer.Started(Start());
        observer.Stepped(Step(10));
        observer.Evaluated(Evaluation(10, 4.2, best: true));
        observer.Stepped(Step(20));
        observer.Evaluated(Evaluation(20, double.NaN, best: false));
        observer.Ended(End(20, interrupted: true));
    }
}
