using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Records;

/// <summary>Files that a run read, under one path of its recipe.</summary>
/// <param name="Key">Key of the recipe, such as <c>data.train</c>.</param>
/// <param name="Path">What it says.</param>
/// <param name="FileCount">How many files that is.</param>
/// <param name="ByteCount">Bytes of all of them.</param>
/// <param name="Hash">SHA-256 over names and contents, hexadecimal; of a single file over its content alone.</param>
public sealed record RecordedData(string Key, string Path, int FileCount, long ByteCount, string Hash)
{
    /// <summary>Documents by licence, where the data was prepared (<c>plinth data prepare</c>); else null. An empty name is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, long>? Licenses { get; init; }

    /// <summary>Documents by origin, where the data was prepared; else null. An empty name is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, long>? Origins { get; init; }
}

/// <summary>A point of the training loss.</summary>
/// <param name="Step">Steps finished.</param>
/// <param name="Loss">Mean loss since the report before, in nats per target.</param>
public sealed record RecordedLoss(long Step, double Loss);

/// <summary>Where a run stood after its first steps, so that others can see whether they get there.</summary>
/// <param name="Step">Steps finished.</param>
/// <param name="Loss">Mean loss since the report before.</param>
/// <param name="Hash">SHA-256 over all weights, hexadecimal.</param>
public sealed record RecordedOpening(long Step, double Loss, string Hash);

/// <summary>
/// What a run did and came to, as <c>run.json</c> in its folder: from it alone the model card is written, and <see cref="RunVerification"/> looks
/// whether it holds.
/// </summary>
public sealed record RunRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "run.json";

    private static readonly RecordFile file = new("record of a run", "Name the folder of a run that has ended, such as runs/NAME.") { LargestFile = 16 << 20 };

    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>What the model is called by its architecture, such as <c>bert</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>The task that it was adapted to, or null where it was pre-trained.</summary>
    public string? Task { get; init; }

    /// <summary>The whole recipe, every default spelled out.</summary>
    public required string Recipe { get; init; }

    /// <summary>Whether the recipe names all that was learnt from; false where a program handed text over in memory.</summary>
    public bool IsFromRecipe { get; init; } = true;

    /// <summary>Everything random follows from it.</summary>
    public required int Seed { get; init; }

    /// <summary>Steps of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>Input elements (tokens, patches) that were learnt from.</summary>
    public required long ElementsSeen { get; init; }

    /// <summary>Weights that were trained.</summary>
    public required long TrainedCount { get; init; }

    /// <summary>Seconds of training, all sessions together.</summary>
    public required double Seconds { get; init; }

    /// <summary>Estimate of the energy, watt hours, and how it was made.</summary>
    public required double WattHours { get; init; }

    /// <summary>When the run ended.</summary>
    public required DateTimeOffset Ended { get; init; }

    /// <summary>Versions that decide the numbers.</summary>
    public required SortedDictionary<string, string> Software { get; init; }

    /// <summary>The machine.</summary>
    public required SortedDictionary<string, string> Machine { get; init; }

    /// <summary>The data that the recipe names; what is drawn or built in has no files.</summary>
    public required IReadOnlyList<RecordedData> Data { get; init; }

    /// <summary>The final scores.</summary>
    public required SortedDictionary<string, double> Scores { get; init; }

    /// <summary>The training loss on the way.</summary>
    public required IReadOnlyList<RecordedLoss> Losses { get; init; }

    /// <summary>The beginning, or null where it was not recorded.</summary>
    public RecordedOpening? Opening { get; init; }

    /// <summary>SHA-256 of each file of the checkpoint but the card, hexadecimal.</summary>
    public required SortedDictionary<string, string> Files { get; init; }

    /// <summary>SHA-256 over everything else here, hexadecimal.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The record with its <see cref="Digest"/>.</summary>
    public RunRecord Sealed() => this with { Digest = DigestOf() };

    /// <summary>Whether nothing was changed since it was sealed.</summary>
    [JsonIgnore]
    public bool IsIntact => Digest == DigestOf();

    /// <summary>Writes the file.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public void Save(string folder) => file.Write(Path.Combine(folder, FileName), this);

    /// <summary>Reads the file of a run.</summary>
    /// <exception cref="BadInputException">It is missing or malformed.</exception>
    public static RunRecord Load(string folder) => file.Read<RunRecord>(Path.Combine(folder, FileName));

    private string DigestOf() => file.DigestOf(this with { Digest = "" });
}
