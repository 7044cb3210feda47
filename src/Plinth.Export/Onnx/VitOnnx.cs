using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>ViT and DINOv2, bare or with a classifier, as config.json names it.</summary>
internal sealed partial class VitOnnx
{
    /// <summary>How the reference's classes begin, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, string> Families { get; } = new Dictionary<string, string> { ["vit"] = "ViT", ["dinov2"] = "Dinov2" };

    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly TowerShape shape;
    private readonly PatchShape patches;
    private readonly string prefix;

    public VitOnnx(ModelFolder source, OnnxGraph graph)
    {
        this.source = source;
        this.graph = graph;
        prefix = source.Prefix = source.ModelType + ".";
        parts = new(source, graph);
        shape = TowerShape.Vit(source.Config);
        patches = PatchShape.Read(source.Config, IsVit ? 16 : 14);
    }

    private bool IsVit => source.ModelType == "vit";

    private long Size => shape.HiddenSize;

    public void Build()
    {
        var embeddings = prefix + "embeddings.";
        var hidden = new PatchOnnx(source, parts, patches, Size).Embed(new(
            embeddings + "cls_token", embeddings + "position_embeddings", embeddings + "patch_embeddings.projection", HasPatchBias: true, HasPlainTables: false));
        hidden = new TowerOnnx(source, parts, shape).Run(hidden, bias: null);
        graph.Scope = "/head";
        hidden = parts.LayerNorm(hidden, prefix + "layernorm", Size, shape.Epsilon);
        var begin = Families[source.ModelType];
        if (source.Architecture == begin + "Model")
        {
            Bare(hidden);
        }
        else if (source.Architecture == begin + "ForImageClassification")
        {
            // DINOv2 also reads the mean of the patches.
            var (summary, width) = IsVit ? (parts.First(hidden), Size) : (graph.Op("Concat", [parts.First(hidden), Mean(hidden)], ("axis", -1)), 2 * Size);
            graph.Output(parts.Linear(summary, "classifier", width, source.LabelCount), "logits", OnnxType.Float, "batch", source.LabelCount);
        }
        else
        {
            throw source.Config.Wrong("architectures", $"names {source.Architecture}, which cannot be exported; known: {begin} with Model, ForImageClassification");
        }

        source.RefuseUnused(Buffers());
    }

    private void Bare(string hidden)
    {
        graph.Output(hidden, "last_hidden_state", OnnxType.Float, "batch", patches.Length, Size);
        var pooler = prefix + "pooler.dense";
        if (!IsVit)
        {
            graph.Output(parts.First(hidden), "pooler_output", OnnxType.Float, "batch", Size);
        }
        else if (source.Has(pooler + ".weight"))
        {
            var width = source.Config.Whole("pooler_output_size") is null ? Size : source.Config.Size("pooler_output_size");
            var vector = parts.Activate(parts.Linear(parts.First(hidden), pooler, Size, width), source.Config.Text("pooler_act", "tanh"), "pooler_act");
            graph.Output(vector, "pooler_output", OnnxType.Float, "batch", width);
        }
    }

    // Of the patches, without the class token.
    private string Mean(string hidden) => graph.Op(
        "ReduceMean", [graph.Op("Slice", [hidden, graph.Longs(1), graph.Longs(long.MaxValue), graph.Longs(1)])], ("axes", new long[] { 1 }), ("keepdims", 0));

    // What stands for hidden patches while a model learns.
    [GeneratedRegex(@"embeddings\.mask_token$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();
}
