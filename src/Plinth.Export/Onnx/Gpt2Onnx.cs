using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>GPT-2 with its language-modelling head.</summary>
internal sealed partial class Gpt2Onnx
{
    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly Gpt2Shape shape;
    private readonly bool withCache;

    public Gpt2Onnx(ModelFolder source, OnnxGraph graph, bool withCache)
    {
        this.source = source;
        this.graph = graph;
        this.withCache = withCache;
        parts = new(source, graph);
        shape = Gpt2Shape.Read(source);
    }

    public void Build()
    {
        var ids = graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        var mask = graph.Input("attention_mask", OnnxType.Int64, "batch", withCache ? "total" : "sequence");
        var positions = graph.Input("position_ids", OnnxType.Int64, "batch", "sequence");
        var words = graph.Weight(source.Plan("transformer.wte.weight", "transformer.wte.weight", [shape.VocabularySize, shape.HiddenSize]));
        var places = graph.Weight(source.Plan("transformer.wpe.weight", "transformer.wpe.weight", [shape.PositionCount, shape.HiddenSize]));
        var hidden = graph.Op("Add", [graph.Op("Gather", [words, ids]), graph.Op("Gather", [places, positions])]);
        var bias = parts.CausalBias(ids, mask, window: null);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            hidden = Layer(hidden, bias, layer);
        }

        graph.Scope = "/head";
        hidden = parts.LayerNorm(hidden, "transformer.ln_f", shape.HiddenSize, shape.Epsilon);
        var logits = shape.IsTied ? parts.Tied(hidden, words) : parts.Linear(hidden, "lm_head", shape.HiddenSize, shape.VocabularySize, hasBias: false);
        graph.Output(logits, "logits", OnnxType.Float, "batch", "sequence", shape.VocabularySize);
        source.RefuseUnused(Buffers());
    }

    private string Layer(string input, string bias, int layer)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"transformer.h.{layer}.");
        graph.Scope = string.Create(CultureInfo.InvariantCulture, $"/h.{layer}");
        var size = shape.HiddenSize;
        var projected = parts.Conv(parts.LayerNorm(input, name + "ln_1", size, shape.Epsilon), name + "attn.c_attn", size, 3L * size);
        var three = graph.Op("Split", 3, [projected], ("axis", -1));
        var query = parts.SplitHeads(three[0], shape.HeadCount, shape.HeadSize);
        var key = parts.SplitHeads(three[1], shape.HeadCount, shape.HeadSize);
        var value = parts.SplitHeads(three[2], shape.HeadCount, shape.HeadSize);
        if (withCache)
        {
            key = parts.Remember(key, layer, "key", shape.HeadCount, shape.HeadSize);
            value = parts.Remember(value, layer, "value", shape.HeadCount, shape.HeadSize);
        }

        var scale = (shape.ScalesScores ? 1 / Math.Sqrt(shape.HeadSize) : 1) / (shape.ScalesByLayer ? layer + 1 : 1);
        var seen = parts.Attend(query, key, value, bias, scale, size);
        var hidden = graph.Op("Add", [parts.Conv(seen, name + "attn.c_proj", size, size), input]);
        var inner = parts.Conv(parts.LayerNorm(hidden, name + "ln_2", size, shape.Epsilon), name + "mlp.c_fc", size, shape.InnerSize);
        inner = parts.Activate(inner, shape.Activation, "activation_function");
        return graph.Op("Add", [parts.Conv(inner, name + "mlp.c_proj", shape.InnerSize, size), hidden]);
    }

    [GeneratedRegex(@"\.attn\.(masked_)?bias$|^lm_head\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();
}
