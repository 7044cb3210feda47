using System.Text.Json.Nodes;
using Plinth.Core.Checkpoints;

namespace Plinth.Core;

/// <summary>The sizes that one dial chooses; everything else about a model follows from them.</summary>
/// <param name="LayerCount">Blocks, all stages together.</param>
/// <param name="HiddenSize">Width of the features.</param>
/// <param name="HeadCount">Attention heads.</param>
/// <param name="VocabularySize">Entries in the vocabulary.</param>
/// <param name="MaximumLength">Longest sequence.</param>
public sealed record ModelShape(int LayerCount, int HiddenSize, int HeadCount, int VocabularySize, int MaximumLength)
{
    /// <summary>Token that ends every text, for architectures that find it in their input; null takes the last of the vocabulary.</summary>
    public int? EndTokenId { get; init; }

    /// <summary>The pictures, where the architecture sees.</summary>
    public ImageShape Image { get; init; } = new();
}

/// <summary>The pictures that a model sees.</summary>
/// <param name="Size">Height and width in pixels.</param>
/// <param name="PatchSize">Height and width of a patch in pixels, where there are patches.</param>
/// <param name="ChannelCount">Colours: 3, or 1 for shades of grey.</param>
public sealed record ImageShape(int Size = 224, int PatchSize = 16, int ChannelCount = 3);

/// <summary>What a model takes in.</summary>
[Flags]
public enum Modality
{
    /// <summary>Nothing; no model does.</summary>
    None = 0,

    /// <summary>Tokens.</summary>
    Text = 1,

    /// <summary>Pictures.</summary>
    Image = 2,
}

/// <summary>All that is known of one architecture: its names, its builders and its weight names.</summary>
public abstract class ModelFamily
{
    /// <summary><c>model_type</c> of config.json, for example <c>bert</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Where the architecture was published.</summary>
    public abstract string Paper { get; }

    /// <summary>What its batches hold.</summary>
    public abstract Modality Modality { get; }

    /// <summary>Whether a position sees only earlier ones, so that the model can generate.</summary>
    public abstract bool IsCausal { get; }

    /// <summary>The reference's class name per head, for example <c>BertForMaskedLM</c>.</summary>
    public abstract IReadOnlyDictionary<HeadKind, string> Architectures { get; }

    /// <summary>Weight names of the whole family, heads included.</summary>
    public abstract KeyMap Keys { get; }

    /// <summary>Weight names of a model of that config, where they depend on it: on the parts that it is made of, or on their form.</summary>
    public virtual KeyMap KeysOf(ModelConfig config) => Keys;

    /// <summary>Forms of other libraries that are read too.</summary>
    public virtual IReadOnlyList<ForeignForm> ForeignForms => [];

    /// <summary>
    /// The family as which this one's backbone goes on to tasks for which this one has no head, by <see cref="ModelType"/>: the encoder of a masked
    /// autoencoder is a plain ViT. It has the same names for the weights of the backbone. Null where there is none.
    /// </summary>
    public virtual string? TaskModelType => null;

    /// <summary>Reads config.json and refuses, by name, options that would change the mathematics and are not supported.</summary>
    /// <exception cref="CheckpointException">A field is malformed or not supported.</exception>
    public abstract ModelConfig ReadConfig(JsonObject json, string source);

    /// <summary>A config of the given sizes, everything else at the architecture's published values.</summary>
    public abstract ModelConfig Shape(ModelShape shape);

    /// <summary>Builds the backbone with fresh weights from torch's current random state.</summary>
    public abstract Backbone BuildBackbone(ModelConfig config);

    /// <summary>Builds a head with fresh weights.</summary>
    /// <exception cref="PlinthException">The family has no such head.</exception>
    public abstract ModelHead BuildHead(HeadKind kind, ModelConfig config);

    /// <summary>The head that a class name of the reference stands for.</summary>
    /// <exception cref="CheckpointException">The class is not known.</exception>
    public HeadKind HeadOf(string architecture)
    {
        foreach (var (kind, name) in Architectures)
        {
            if (name == architecture)
            {
                return kind;
            }
        }

        throw new CheckpointException(
            $"The class '{architecture}' of '{ModelType}' is not supported. Known: {string.Join(", ", Architectures.Values)}.");
    }

    /// <summary>The error for a head that the family lacks.</summary>
    protected PlinthException NoHead(HeadKind kind) =>
        new($"'{ModelType}' has no head for {kind}. Known: {string.Join(", ", Architectures.Keys.Where(k => k != HeadKind.None))}.");
}
