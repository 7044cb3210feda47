namespace Plinth.Recipes.Quickstart;

/// <summary>What a user may say about the quickstart.</summary>
public sealed record QuickstartOptions
{
    /// <summary>Folder of the run.</summary>
    public string Folder { get; init; } = Path.Combine("runs", "quickstart");

    /// <summary>The user's own text, a file or folder; null takes the documentation of the installed .NET SDK.</summary>
    public string? Data { get; init; }

    /// <summary>Whether to take a larger model, more steps and more seeds, for hours instead of minutes.</summary>
    public bool IsThorough { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public int Seed { get; init; } = 1;
}
