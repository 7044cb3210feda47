using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>Llama, Mistral, Qwen 2 and Qwen 3 with their language-modelling head.</summary>
internal sealed partial class LlamaOnnx
{
    private readonly ModelFolder source;
    private readonly OnnxGraph graph;
    private readonly OnnxParts parts;
    private readonly LlamaShape shape;
    private readonly bool withCache;
    private string cosine = "", sine = "";

    public LlamaOnnx(ModelFolder source, OnnxGraph graph, bool withCache)
    {
        this.source = source;
        this.graph = graph;
        this.withCache = withCache;
        parts = new(source, graph);
        shape = LlamaShape.Read(source);
    }

    public void Build()
    {
        var ids = graph.Input("input_ids", OnnxType.Int64, "batch", "sequence");
        var mask = graph.Input("attention_mask", OnnxType.Int64, "batch", withCache ? "total" : "sequence");
        Turns(graph.Input("position_ids", OnnxType.Int64, "batch", "sequence"));
        var words = graph.Weight(source.Plan("model.embed_tokens.weight", "model.embed_tokens.weight", [shape.VocabularySize, shape.HiddenSize]));
        var hidden = graph.Op("Gather", [words, ids]);
        var bias = parts.CausalBias(ids, mask, shape.Window);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            hidden = Layer(hidden, bias, layer);
        }

        graph.Scope = "/head";
        hidden = parts.RootMeanSquareNorm(hidden, "model.norm", shape.HiddenSize, shape.Epsilon);
        var logits = shape.IsTied ? parts.Tied(hidden, words) : parts.Linear(hidden, "lm_head", shape.HiddenSize, shape.VocabularySize, hasBias: false);
        graph.Output(logits, "logits", OnnxType.Float, "batch", "sequence", shape.VocabularySize);
        source.RefuseUnused(shape.IsTied ? TiedBuffers() : Buffers());
    }

    // Cosine and sine of each position, [batch, 1, seq, head].
    private void Turns(string positions)
    {
        graph.Scope = "/rotary";
        var places = graph.Op("Unsqueeze", [graph.Op("Cast", [positions], ("to", (int)OnnxType.Float)), graph.Longs(1, 3)]);
        var angles = graph.Op("Mul", [places, graph.Numbers("rotary.frequencies", shape.Rotary.Frequencies(shape.HeadSize))]);
        angles = graph.Op("Concat", [angles, angles], ("axis", -1));
        cosine = Scaled(graph.Op("Cos", [angles]));
        sine = Scaled(graph.Op("Sin", [angles]));

        string Scaled(string value) => shape.Rotary.Magnitude == 1 ? value : graph.Op("Mul", [value, graph.Number(shape.Rotary.Magnitude)]);
    }

    private string Layer(string input, string bias, int layer)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");
        graph.Scope = string.Create(CultureInfo.InvariantCulture, $"/layers.{layer}");
        var normed = parts.RootMeanSquareNorm(input, name + "input_layernorm", shape.HiddenSize, shape.Epsilon);
        var query = Turn(Heads(normed, name + "self_attn.q_", shape.HeadCount));
        var key = Turn(Heads(normed, name + "self_attn.k_", shape.KeyHeadCount));
        var value = Heads(normed, name + "self_attn.v_", shape.KeyHeadCount);
        if (withCache)
        {
            key = parts.Remember(key, layer, "key", shape.KeyHeadCount, shape.HeadSize);
            value = parts.Remember(value, layer, "value", shape.KeyHeadCount, shape.HeadSize);
        }

        var width = (long)shape.HeadCount * shape.HeadSize;
        var seen = parts.Attend(query, Repeat(key), Repeat(value), bias, 1 / Math.Sqrt(shape.HeadSize), width);
        var hidden = graph.Op("Add", [input, parts.Linear(seen, name + "self_attn.o_proj", width, shape.HiddenSize, shape.HasOutputBias)]);
        normed = parts.RootMeanSquareNorm(hidden, name + "post_attention_layernorm", shape.HiddenSize, shape.Epsilon);
        var gate = parts.Activate(parts.Linear(normed, name + "mlp.gate_proj", shape.HiddenSize, shape.InnerSize, shape.HasInnerBias), "silu", "hidden_act");
        var up = parts.Linear(normed, name + "mlp.up_proj", shape.HiddenSize, shape.InnerSize, shape.HasInnerBias);
        return graph.Op("Add", [hidden, parts.Linear(graph.Op("Mul", [gate, up]), name + "mlp.down_proj", shape.InnerSize, shape.HiddenSize, shape.HasInnerBias)]);
    }

    // Queries, keys or values; Qwen 3 normalises the first two per head.
    private string Heads(string input, string name, int heads)
    {
        var projected = parts.Linear(input, name + "proj", shape.HiddenSize, (long)heads * shape.HeadSize, shape.HasInputBias);
        if (!shape.HasHeadNorm || name.EndsWith("v_", StringComparison.Ordinal))
        {
            return parts.SplitHeads(projected, heads, shape.HeadSize);
        }

        var split = graph.Op("Reshape", [projected, graph.Longs(0, 0, heads, shape.HeadSize)]);
        return graph.Op("Transpose", [parts.RootMeanSquareNorm(split, name + "norm", shape.HeadSize, shape.Epsilon)], ("perm", new long[] { 0, 2, 1, 3 }));
    }

    private string Turn(string heads)
    {
        var halves = graph.Op("Split", 2, [heads], ("axis", -1));
        var turned = graph.Op("Concat", [graph.Op("Neg", [halves[1]]), halves[0]], ("axis", -1));
        return graph.Op("Add", [graph.Op("Mul", [heads, cosine]), graph.Op("Mul", [turned, sine])]);
    }

    // Several query heads share one of keys and values (Ainslie et al. 2023, arXiv:2305.13245).
    private string Repeat(string heads)
    {
        var times = shape.HeadCount / shape.KeyHeadCount;
        return times == 1 ? heads : graph.Op("Reshape", [graph.Op("Expand", [graph.Op("Unsqueeze", [heads, graph.Longs(2)]), graph.Longs(1, 1, times, 1, 1)]), graph.Longs(0, shape.HeadCount, -1, shape.HeadSize)]);
    }

    [GeneratedRegex(@"rotary_emb\.inv_freq$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();

    [GeneratedRegex(@"rotary_emb\.inv_freq$|^lm_head\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex TiedBuffers();
}
