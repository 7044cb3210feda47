using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Tests.Core;
using Plinth.Training.Schedules;
using Xunit;

namespace Plinth.Tests.Training;

/// <summary>Learning rates of each step, against the reference.</summary>
public class SchedulesTests
{
    private const double Peak = 0.3;

    private static readonly Dictionary<string, ScheduleOptions> curves = new()
    {
        ["linear"] = new() { Kind = ScheduleKind.Linear, WarmupSteps = 7 },
        ["cosine"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7 },
        ["cosine_cycles1.5"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7, Cycles = 1.5 },
        ["cosine_restarts3"] = new() { Kind = ScheduleKind.CosineWithRestarts, WarmupSteps = 7, Cycles = 3 },
        // This run of the reference ends at a rate of 0.001.
        ["polynomial2"] = new() { Kind = ScheduleKind.Polynomial, WarmupSteps = 7, Power = 2, MinimumRatio = 0.001 / Peak },
        ["constant"] = new() { Kind = ScheduleKind.Constant },
        ["constant_warmup"] = new() { Kind = ScheduleKind.ConstantWithWarmup, WarmupSteps = 7 },
        ["inverse_sqrt"] = new() { Kind = ScheduleKind.InverseSquareRoot, WarmupSteps = 7 },
        ["cosine_min_lr0.1"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7, MinimumRatio = 0.1 },
    };

    public static TheoryData<string> Names => [.. curves.Keys];

    [Fact]
    public void Every_curve_of_the_reference_is_tested()
    {
        using var file = Open();
        Assert.Equal(file.Entries.Keys.Order(StringComparer.Ordinal), curves.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rates_are_those_of_the_reference(string name)
    {
        using var file = Open();
        using var expected = file.Read(name);
        var schedule = new Schedule(curves[name], Peak, steps: 40);
        var found = Enumerable.Range(0, (int)expected.size(0)).Select(step => (float)schedule.Rate(step)).ToArray();

        Weights.AreNear(Weights.Numbers(expected), found, 1e-6);
    }

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

    private static SafetensorsFile Open() => SafetensorsFile.Open(Path.Combine(Fixtures.Folder("num-lr-schedules"), "expected.safetensors"));
}
