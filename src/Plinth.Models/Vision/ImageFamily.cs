using Plinth.Core;

namespace Plinth.Models.Vision;

/// <summary>What the families of pictures have in common. Those made of patches describe a <see cref="Stacks.PatchTransformer"/>: <see cref="PatchFamily{TConfig}"/>.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class ImageFamily<TConfig> : ConfiguredFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override Modality Modality => Modality.Image;

    /// <inheritdoc />
    public sealed override bool IsCausal => false;

    /// <inheritdoc />
    public sealed override Backbone BuildBackbone(ModelConfig config) => Backbone((TConfig)config);

    /// <summary>The backbone that a config describes, with fresh weights.</summary>
    protected abstract Backbone Backbone(TConfig config);
}
