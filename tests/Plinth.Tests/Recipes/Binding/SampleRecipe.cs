using Plinth.Recipes.Binding;

namespace Plinth.Tests.Recipes.Binding;

public enum SampleSchedule
{
    Constant,
    WarmupCosine,
}

public sealed record SampleTrainer
{
    public int Steps { get; init; } = 100;

    public double LearningRate { get; init; } = 1e-3;

    public SampleSchedule Schedule { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];
}

public sealed record SampleSource
{
    public required string Path { get; init; }

    public double Weight { get; init; } = 1;
}

public sealed record SampleSplit(string Name, double Share = 0.5);

public sealed record SampleRecipe
{
    public required string Name { get; init; }

    public long Seed { get; init; }

    public bool Resume { get; init; }

    public string? Note { get; init; }

    public int? Limit { get; init; } = 7;

    public SampleTrainer Trainer { get; init; } = new();

    public SampleSplit? Split { get; init; }

    public Component? Objective { get; init; }

    public IReadOnlyList<SampleSource> Data { get; init; } = [];

    public IReadOnlyList<IReadOnlyList<int>> Grid { get; init; } = [];

    public IReadOnlyList<string?> Names { get; init; } = [];

    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, SampleTrainer> Trainers { get; init; } = new Dictionary<string, SampleTrainer>();

    public int BatchSize
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentException("A batch holds at least one sample.");
    }
    = 1;
}

public sealed record SampleMasking
{
    public double MaskProbability { get; init; } = 0.15;

    public bool WholeWords { get; init; }
}
