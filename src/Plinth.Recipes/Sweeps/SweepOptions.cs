namespace Plinth.Recipes.Sweeps;

/// <summary>Which trials a sweep makes of a recipe.</summary>
public sealed record SweepOptions
{
    /// <summary>The recipe's file, of pre-training or fine-tuning.</summary>
    public required string Recipe { get; init; }

    /// <summary>Changes to it that all trials share, each <c>path.to.key=value</c>.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>What trials differ in, each <c>path.to.key=a,b,c</c>; in random sweeps also <c>path.to.key=low..high</c>.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>How many combinations are drawn at random; null tries all of them.</summary>
    public int? RandomCount { get; init; }

    /// <summary>Where random draws come from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether the worse half of the trials is given up each time that the run's share of steps doubles.</summary>
    public bool Halving { get; init; }

    /// <summary>Folder of the sweep, with a run's folder for each trial; null is <c>runs/sweep-NAME</c>.</summary>
    public string? Folder { get; init; }
}
