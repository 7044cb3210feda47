namespace Plinth.Training.Schedules;

/// <summary>The curve that the learning rate follows after its warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>The peak rate from the first step on; a warm-up is ignored.</summary>
    Constant,

    /// <summary>The peak rate once the warm-up is over.</summary>
    ConstantWithWarmup,

    /// <summary>A straight line down to the minimum.</summary>
    Linear,

    /// <summary>Half a cosine wave per run (Loshchilov and Hutter 2016, arXiv:1608.03983), or as many waves as asked for.</summary>
    Cosine,

    /// <summary>Half cosine waves, each of which starts again at the peak rate.</summary>
    CosineWithRestarts,

    /// <summary>A power of the remaining share of the run.</summary>
    Polynomial,

    /// <summary>One over the square root of the step (Vaswani et al. 2017, arXiv:1706.03762).</summary>
    InverseSquareRoot,

    /// <summary>The peak rate for most of the run, then a straight line down to the minimum (Hu et al. 2024, arXiv:2404.06395).</summary>
    WarmupStableDecay,
}

/// <summary>How the learning rate changes over a run.</summary>
public sealed record ScheduleOptions
{
    /// <summary>The curve.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Linear;

    /// <summary>Steps over which the rate rises in a straight line from 0; 0 starts at the peak.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>The warm-up as a share of the run (0 to 1), used when <see cref="WarmupSteps"/> is 0.</summary>
    public double WarmupRatio { get; init; }

    /// <summary>Lowest rate as a share of the peak (0 to 1) for all curves that fall to the end of the run; 0 ends at a standstill.</summary>
    public double MinimumRatio { get; init; }

    /// <summary>Waves of the cosine, or half waves with restarts; null is half a wave, or one half wave with restarts.</summary>
    public double? Cycles { get; init; }

    /// <summary>Exponent of the polynomial; 1 is a straight line.</summary>
    public double Power { get; init; } = 1;

    /// <summary>Share of the run (0 to 1) over which a stable rate falls at the end.</summary>
    public double DecayRatio { get; init; } = 0.1;

    /// <summary>Steps after which the inverse square root begins to matter; null is the warm-up, or 10,000 without one.</summary>
    public long? TimeScale { get; init; }

    /// <summary>Checks that the values make a curve.</summary>
    /// <exception cref="Core.RecipeException">A value is impossible.</exception>
    public void Validate()
    {
        OptionRules.Require(Enum.IsDefined(Kind), "schedule.kind", Kind, "one of " + string.Join(", ", Enum.GetNames<ScheduleKind>()));
        OptionRules.Require(WarmupSteps >= 0, "schedule.warmup_steps", WarmupSteps, "0 or more");
        OptionRules.Require(WarmupRatio is >= 0 and <= 1, "schedule.warmup_ratio", WarmupRatio, "between 0 and 1");
        OptionRules.Require(WarmupSteps == 0 || WarmupRatio == 0, "schedule.warmup_ratio", WarmupRatio, "0 when warmup_steps is given");
        OptionRules.Require(MinimumRatio is >= 0 and <= 1, "schedule.minimum_ratio", MinimumRatio, "between 0 and 1");
        OptionRules.Require(Cycles is null or (> 0 and < 1e6), "schedule.cycles", Cycles, "above 0");
        OptionRules.Require(Power is > 0 and < 1e3, "schedule.power", Power, "above 0");
        OptionRules.Require(DecayRatio is >= 0 and <= 1, "schedule.decay_ratio", DecayRatio, "between 0 and 1");
        OptionRules.Require(TimeScale is null or > 0, "schedule.time_scale", TimeScale, "above 0");
    }
}
