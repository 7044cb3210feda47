using Plinth.Core;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision;

/// <summary>Pictures as sequences of patches: a <see cref="PatchTransformer"/> that the config describes.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class PatchFamily<TConfig> : ImageFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <summary>The transformer that a config describes.</summary>
    protected abstract PatchOptions Patches(TConfig config);

    /// <summary>What the usual heads have in common.</summary>
    protected abstract ImageHeadOptions Heads(TConfig config);

    /// <inheritdoc />
    protected sealed override Backbone Backbone(TConfig config) => new PatchBackbone(Patches(config));

    /// <inheritdoc />
    protected sealed override void Describe(TConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var options = Patches(config);
        rules.Size("image_size", options.ImageSize.Height);
        rules.Size("image_size", options.ImageSize.Width);
        rules.Require(options.RowCount > 0 && options.ColumnCount > 0, "patch_size", options.PatchSize, "a patch that fits into image_size");
    }

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, TConfig config) => kind switch
    {
        HeadKind.Pooled => new ImageVectorHead(Heads(config)),
        HeadKind.ImageClassification => new ImageClassifierHead(Heads(config)),
        _ => null,
    };
}
