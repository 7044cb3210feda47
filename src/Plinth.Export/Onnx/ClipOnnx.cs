using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>One half of CLIP: what sees or what reads, of a whole CLIP with its way into the common space, or alone.</summary>
internal sealed partial class ClipOnnx
{
    // The wrong end token that the first release's config.json names; the reference then takes the largest id.
    private const int WrongEndId = 2;

    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly bool sees;
    private readonly ConfigReader config;
    private readonly TowerShape shape;

    /// <param name="source">The checkpoint.</param>
    /// <param name="graph">The graph that grows.</param>
    /// <param name="part">Which half of a whole CLIP; null for a half that is stored alone.</param>
    public ClipOnnx(ModelFolder source, OnnxGraph graph, PairPart? part)
    {
        this.source = source;
        this.graph = graph;
        parts = new(source, graph);
        sees = (part ?? (source.ModelType == "clip_vision_model" ? PairPart.Vision : PairPart.Text)) == PairPart.Vision;
        IsWhole = part is not null;
        var expected = IsWhole ? "CLIPModel" : sees ? "CLIPVisionModel" : "CLIPTextModel";
        if (source.Architecture != expected)
        {
            throw source.Config.Wrong("architectures", $"names {source.Architecture}; of {source.ModelType} only {expected} can be exported");
        }

        var field = sees ? "vision_config" : "text_config";
        config = IsWhole ? source.Config.Part(field) ?? throw source.Config.Wrong(field, "is missing") : source.Config;
        shape = TowerShape.Clip(config, sees);
    }

    private bool IsWhole { get; }

    private long Size => shape.HiddenSize;

    public void Build()
    {
        var vector = sees ? See() : Read();
        graph.Output(vector, "pooler_output", OnnxType.Float, "batch", Size);
        if (IsWhole)
        {
            var common = source.Config.Size("projection_dim", 512);
            vector = parts.Normalize(parts.Linear(vector, sees ? "visual_projection" : "text_projection", Size, common, hasBias: false));
            graph.Output(vector, sees ? "image_embeds" : "text_embeds", OnnxType.Float, "batch", common);
        }

        source.RefuseUnused(!IsWhole ? Buffers() : sees ? OtherThanVision() : OtherThanText());
    }

    private string See()
    {
        const string embeddings = "vision_model.embeddings.";
        var patches = PatchShape.Read(config, 32);
        var hidden = new PatchOnnx(source, parts, patches, Size).Embed(new(
            embeddings + "class_embedding", embeddings + "position_embedding.weight", embeddings + "patch_embedding", HasPatchBias: false, HasPlainTables: true));
        // The reference's slip of the pen is part of every file.
        hidden = parts.LayerNorm(hidden, "vision_model.pre_layrnorm", Size, shape.Epsilon);
        hidden = new TowerOnnx(source, parts, shape).Run(hidden, bias: null);
        graph.Scope = "/head";
        graph.Output(hidden, "last_hidden_state", OnnxType.Float, "batch", patches.Length, Size);
        return parts.LayerNorm(parts.First(hidden), "vision_model.post_layernorm", Size, shape.Epsilon);
    }

    private string Read()
    {
        const string embeddings = "text_model.embeddings.";
        var ids = graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        var mask = graph.Input("attention_mask", OnnxType.Int64, "batch", "sequence");
        graph.Scope = "/embeddings";
        var words = graph.Op("Gather", [Table("token_embedding", config.Size("vocab_size", 49_408)), ids]);
        var places = graph.Op("Gather", [Table("position_embedding", config.Size("max_position_embeddings", 77)), graph.Op("Range", [graph.Long(0), parts.Length(ids), graph.Long(1)])]);
        var hidden = new TowerOnnx(source, parts, shape).Run(graph.Op("Add", [words, places]), parts.CausalBias(ids, mask, window: null));
        graph.Scope = "/head";
        hidden = parts.LayerNorm(hidden, "text_model.final_layer_norm", Size, shape.Epsilon);
        graph.Output(hidden, "last_hidden_state", OnnxType.Float, "batch", "sequence", Size);
        return graph.Op("GatherND", [hidden, graph.Op("Unsqueeze", [EndOf(ids), graph.Longs(1)])], ("batch_dims", 1));

        string Table(string name, int rows) => graph.Weight(source.Plan($"{embeddings}{name}.weight", $"{embeddings}{name}.weight", [rows, Size]));
    }

    // The place of the first end token, [batch]. Every id is exact as a float.
    private string EndOf(string ids)
    {
        var end = config.Whole("eos_token_id") ?? 49_407;
        var marked = end == WrongEndId ? ids : graph.Op("Equal", [ids, graph.Long(end)]);
        return graph.Op("ArgMax", [graph.Op("Cast", [marked], ("to", (int)OnnxType.Float))], ("axis", 1), ("keepdims", 0));
    }

    [GeneratedRegex(@"embeddings\.position_ids$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();

    [GeneratedRegex(@"embeddings\.position_ids$|^text_model\.|^text_projection\.|^logit_scale$", RegexOptions.CultureInvariant)]
    private static partial Regex OtherThanVision();

    [GeneratedRegex(@"embeddings\.position_ids$|^vision_model\.|^visual_projection\.|^logit_scale$", RegexOptions.CultureInvariant)]
    private static partial Regex OtherThanText();
}
