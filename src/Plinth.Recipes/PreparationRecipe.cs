using Plinth.Data.Text.Preparation;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>A whole preparation: raw documents in, a clean corpus out.</summary>
public sealed record PreparationRecipe
{
    /// <summary>Name of the preparation.</summary>
    public required string Name { get; init; }

    /// <summary>Folder for the corpus, the rejects and the report; null is <c>runs/NAME</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>The documents, in order.</summary>
    public required IReadOnlyList<RawSource> Sources { get; init; }

    /// <summary>The steps, in order; left out, the usual ones with their defaults.</summary>
    public IReadOnlyList<Component> Steps { get; init; } = [.. StepCatalog.Defaults.Select(step => new Component(step.Name))];

    /// <summary>Characters of text after which a shard ends, or earlier where little of what is read is kept; an interrupted preparation loses at most the work on one shard.</summary>
    public long ShardCharacters { get; init; } = 32_000_000;

    /// <summary>Whether shards are compressed (<c>.jsonl.gz</c>).</summary>
    public bool Compresses { get; init; }

    /// <summary>Folder of the preparation.</summary>
    public string OutputFolder() => Folder ?? Path.Combine("runs", Name);

    /// <summary>The plan that this is.</summary>
    /// <param name="threads">Threads that look at documents; null takes one for each processor.</param>
    /// <exception cref="Core.RecipeException">A step or an option is unknown.</exception>
    public PreparationPlan Plan(int? threads = null) => new()
    {
        Folder = OutputFolder(),
        Sources = Sources,
        Steps = [.. Steps.Select(step => (PreparationStep)step.Bind(StepCatalog.Steps[step.Type].Type))],
        ShardCharacters = ShardCharacters,
        Compresses = Compresses,
        Threads = threads,
    };
}
