using Plinth.Core;
using Plinth.Training.Schedules;
using Xunit;

namespace Plinth.Tests.Training;

/// <summary>Options of learning rates; the curves are compared in <see cref="Recipes.NumericParityTests"/>.</summary>
public class SchedulesTests
{
    [Fact]
    public void A_warm_up_can_be_a_share_of_the_run()
    {
        var schedule = new Schedule(new() { Kind = ScheduleKind.Linear, WarmupRatio = 0.1 }, 1, steps: 100);

        Assert.Equal([0, 0.5, 1], new[] { schedule.Rate(0), schedule.Rate(5), schedule.Rate(10) });
    }

    [Fact]
    public void A_stable_curve_falls_only_at_its_end()
    {
        var schedule = new Schedule(new() { Kind = ScheduleKind.WarmupStableDecay, WarmupSteps = 10, DecayRatio = 0.2, MinimumRatio = 0.1 }, 1, steps: 100);

        Assert.Equal(0.5, schedule.Rate(5), 1e-12);
        Assert.Equal(1, schedule.Rate(10), 1e-12);
        Assert.Equal(1, schedule.Rate(80), 1e-12);
        Assert.Equal(0.55, schedule.Rate(90), 1e-12);
        Assert.Equal(0.1, schedule.Rate(100), 1e-12);
    }

    [Fact]
    public void Impossible_options_are_named() => Assert.Contains(
        "schedule.warmup_ratio", Assert.Throws<RecipeException>(() => new ScheduleOptions { WarmupRatio = 2 }.Validate()).Message, StringComparison.Ordinal);
}
