using Plinth.Recipes.Records;

namespace Plinth.Recipes;

/// <summary>Where things lie in the folder of a run.</summary>
/// <param name="Folder">The folder.</param>
public sealed record RunFiles(string Folder)
{
    /// <summary>The recipe as it was resolved: overrides applied, defaults left out of the file filled in.</summary>
    public string Recipe => Path.Combine(Folder, "recipe.yaml");

    /// <summary>The model at the end of the run.</summary>
    public string Checkpoint => Path.Combine(Folder, "checkpoint");

    /// <summary>The model at its best evaluation.</summary>
    public string Best => Path.Combine(Folder, "best");

    /// <summary>The tokenizer, before there is a checkpoint.</summary>
    public string Tokenizer => Path.Combine(Folder, "tokenizer");

    /// <summary>Encoded text, a folder for each part of each source, where no cache is named.</summary>
    public string Tokens => Path.Combine(Folder, "tokens");

    /// <summary>Every report of the run, one JSON object per line.</summary>
    public string Log => Path.Combine(Folder, "log.jsonl");

    /// <summary>The numbers of the run as a table.</summary>
    public string Table => Path.Combine(Folder, "log.csv");

    /// <summary>The machine and the versions of the run's last session.</summary>
    public string Environment => Path.Combine(Folder, "environment.json");

    /// <summary>What the run did and came to.</summary>
    public string Record => Path.Combine(Folder, RunRecord.FileName);

    /// <summary>Event files for TensorBoard.</summary>
    public string TensorBoard => Path.Combine(Folder, "tensorboard");

    /// <summary>The samples of the final score, to measure it again.</summary>
    public string Test => Path.Combine(Folder, "test.jsonl");

    /// <summary>The samples of the final score of one of several tasks.</summary>
    /// <param name="task">The task's name in its recipe.</param>
    public string TestOf(string task) => Path.Combine(Folder, $"test-{task}.jsonl");

    /// <summary>Scores, losses and pictures on one page; of runs on pictures.</summary>
    public string Report => Path.Combine(Folder, "report.html");

    /// <summary>Where the run stood after its first steps.</summary>
    public string Opening => Path.Combine(Folder, "opening.json");

    /// <summary>The final scores.</summary>
    public string Scores => Path.Combine(Folder, "scores.json");
}
