namespace Plinth.Recipes.Quickstart;

/// <summary>Where things lie in the folder of a quickstart.</summary>
/// <param name="Folder">The folder.</param>
public sealed record QuickstartFiles(string Folder)
{
    /// <summary>The pre-training run of the encoder.</summary>
    public RunFiles Encoder => new(Path.Combine(Folder, "encoder"));

    /// <summary>The pre-training run of the decoder.</summary>
    public RunFiles Decoder => new(Path.Combine(Folder, "decoder"));

    /// <summary>What the run was asked for; another run does not go on in this folder.</summary>
    public string Options => Path.Combine(Folder, "quickstart.json");

    /// <summary>The measured entries of the table.</summary>
    public string Cells => Path.Combine(Folder, "results.jsonl");

    /// <summary>The report.</summary>
    public string Report => Path.Combine(Folder, "report.html");

    /// <summary>The adapter of a task.</summary>
    public string Adapter(string task) => Path.Combine(Folder, "tasks", task);
}
