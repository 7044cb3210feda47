namespace Plinth.Training.Schedules;

/// <summary>The learning rate as a pure function of the step.</summary>
public sealed class Schedule
{
    private readonly ScheduleOptions options;
    private readonly double peak;
    private readonly long steps;
    private readonly long warmup;

    /// <param name="options">The curve.</param>
    /// <param name="peak">Highest rate.</param>
    /// <param name="steps">Steps of the whole run.</param>
    /// <exception cref="Core.RecipeException">An option is impossible.</exception>
    public Schedule(ScheduleOptions options, double peak, long steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.options = options;
        this.peak = peak;
        this.steps = steps;
        warmup = options.WarmupSteps > 0 ? options.WarmupSteps : (long)Math.Ceiling(options.WarmupRatio * steps);
    }

    /// <summary>The rate of one step; defined beyond the end of the run too.</summary>
    /// <param name="step">Number of the step from 0.</param>
    public double Rate(long step) => peak * Share(step);

    private double Share(long step)
    {
        if (options.Kind == ScheduleKind.Constant)
        {
            return 1;
        }

        if (step < warmup)
        {
            return (double)step / warmup;
        }

        return options.Kind switch
        {
            ScheduleKind.ConstantWithWarmup => 1,
            ScheduleKind.Linear => AboveMinimum(1 - Progress(step)),
            // The wave goes on after the last step, as in the reference.
            ScheduleKind.Cosine => AboveMinimum(HalfWave(2 * (options.Cycles ?? 0.5) * OpenProgress(step))),
            ScheduleKind.CosineWithRestarts => AboveMinimum(
                step >= steps ? 0 : HalfWave((options.Cycles ?? 1) * OpenProgress(step) % 1)),
            ScheduleKind.Polynomial => AboveMinimum(Math.Pow(1 - Progress(step), options.Power)),
            ScheduleKind.WarmupStableDecay => AboveMinimum(Math.Clamp((steps - step) / Math.Max(1, options.DecayRatio * steps), 0, 1)),
            ScheduleKind.InverseSquareRoot => InverseSquareRoot(step),
            _ => throw new ArgumentOutOfRangeException(nameof(step), options.Kind, "Unknown kind of schedule."),
        };
    }

    private double AboveMinimum(double share) => (share * (1 - options.MinimumRatio)) + options.MinimumRatio;

    private static double HalfWave(double position) => 0.5 * (1 + Math.Cos(Math.PI * position));

    private double OpenProgress(long step) => (step - warmup) / (double)Math.Max(1, steps - warmup);

    private double Progress(long step) => Math.Min(1, OpenProgress(step));

    private double InverseSquareRoot(long step)
    {
        var scale = options.TimeScale ?? (warmup > 0 ? warmup : 10_000);
        return 1 / Math.Sqrt((step + scale - warmup) / (double)scale);
    }
}
