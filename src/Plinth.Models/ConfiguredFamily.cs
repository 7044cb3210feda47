using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Models;

/// <summary>What the families of all modalities have in common: a config of their own, read strictly, that describes everything they build.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class ConfiguredFamily<TConfig> : ModelFamily where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public override string ModelType { get; } = new TConfig().ModelType;

    /// <inheritdoc />
    public sealed override ModelConfig ReadConfig(JsonObject json, string source)
    {
        var config = Complete(ModelConfig.Read<TConfig>(json, source), source);
        Examine(config, source);
        return config;
    }

    /// <summary>Refuses a config that is impossible or not supported; an architecture of several parts examines those of its parts.</summary>
    /// <param name="config">The config.</param>
    /// <param name="source">File name, and the part, for messages.</param>
    /// <exception cref="CheckpointException">It is refused.</exception>
    public void Examine(TConfig config, string source)
    {
        var rules = new ConfigRules(source);
        rules.Unknown(config);
        rules.Sizes(config, HasVocabulary);
        Check(config, rules);
        try
        {
            // What cannot be described cannot be built; said here, the message can name the file.
            Describe(config, rules);
        }
        catch (CheckpointException error)
        {
            throw new CheckpointException($"{source}: {error.Message}", error);
        }
    }

    /// <inheritdoc />
    public sealed override ModelConfig Shape(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ShapeOf(shape);
    }

    /// <inheritdoc />
    public sealed override ModelHead BuildHead(HeadKind kind, ModelConfig config) =>
        Architectures.ContainsKey(kind) && Head(kind, (TConfig)config) is { } head ? head : throw NoHead(kind);

    /// <summary>Fills in what follows from other fields; most configs say everything.</summary>
    protected virtual TConfig Complete(TConfig config, string source) => config;

    /// <summary>Whether the config itself names a vocabulary.</summary>
    protected virtual bool HasVocabulary => Modality.HasFlag(Modality.Text);

    /// <summary>Refuses values that would change the mathematics and are not supported.</summary>
    protected virtual void Check(TConfig config, ConfigRules rules) { }

    /// <summary>Describes what a config asks for, so that contradictions in it come to light before anything is built.</summary>
    protected abstract void Describe(TConfig config, ConfigRules rules);

    /// <summary>A head with fresh weights, or null when there is none of that kind.</summary>
    protected abstract ModelHead? Head(HeadKind kind, TConfig config);

    /// <summary>A config of the given sizes, without dropout: a recipe asks for it.</summary>
    protected abstract TConfig ShapeOf(ModelShape shape);
}
