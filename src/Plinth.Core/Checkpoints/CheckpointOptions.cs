using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>How a checkpoint is loaded.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The head to put on the backbone; null takes the one that the checkpoint was saved with.</summary>
    public HeadKind? Head { get; init; }

    /// <summary>Class names of a new head; null keeps the checkpoint's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whether a head that the files lack, or have for another number of classes, starts with fresh weights, as fine-tuning wants it; else that is an error.</summary>
    public bool AllowFreshHead { get; init; }

    /// <summary>Changes the config before the model is built, for example its dropout.</summary>
    public Func<ModelConfig, ModelConfig>? Configure { get; init; }

    /// <summary>Element type in memory.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>
    /// Whether weights whose element type and layout are the file's own stay in the mapped file, so that loading takes no time and
    /// processes share the memory. The files must not be cut while the model lives; replacing them, as every save here does, is safe.
    /// </summary>
    public bool IsMapped { get; init; }
}

/// <summary>What loading did.</summary>
/// <param name="Fresh">Weights of the head that the files lack; they are random.</param>
/// <param name="Unused">Entries of heads that were not asked for.</param>
public sealed record LoadReport(IReadOnlyList<string> Fresh, IReadOnlyList<string> Unused);

/// <summary>A model with what loading it did.</summary>
/// <param name="Model">The model, in evaluation mode.</param>
/// <param name="Report">What was fresh and what was left.</param>
public sealed record LoadedModel(Model Model, LoadReport Report);
