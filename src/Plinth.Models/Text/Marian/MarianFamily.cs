using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Bart;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Marian;

/// <summary>The fields of a Marian config.json.</summary>
public sealed record MarianConfig : BartTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "marian";
}

/// <summary>Marian: the original transformer, as the OPUS-MT translators use it.</summary>
public sealed class MarianFamily : BartTypeFamily<MarianConfig>
{
    /// <inheritdoc />
    public override string Paper => "Junczys-Dowmunt et al. 2018, arXiv:1804.00344";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = "MarianModel",
        [HeadKind.SequenceToSequence] = "MarianMTModel",
    };

    /// <inheritdoc />
    protected override IReadOnlyList<string> Computed { get; } =
    [
        "model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight", "encoder.embed_positions.weight", "decoder.embed_positions.weight",
    ];

    /// <inheritdoc />
    protected override StackOptions Part(MarianConfig config, int blocks, int heads, int inner, bool writes) =>
        base.Part(config, blocks, heads, inner, writes) with { HasSinusoids = true };

    /// <inheritdoc />
    protected override void Check(MarianConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        base.Check(config, rules);
        rules.Require(config.DModel % 2 == 0, "d_model", config.DModel, "an even number");
        rules.Require(!(config.Extra.TryGetValue("normalize_embedding", out var value) && value.ValueKind == System.Text.Json.JsonValueKind.True), "normalize_embedding", true, "false");
    }

    /// <inheritdoc />
    protected override MarianConfig ShapeOf(ModelShape shape) => base.ShapeOf(shape) with { ScaleEmbedding = true };
}
