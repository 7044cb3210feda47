using System.Globalization;

namespace Plinth.Export.Onnx;

/// <summary>The parts that transformers share, as ONNX operators.</summary>
/// <param name="Source">The checkpoint.</param>
/// <param name="Graph">The graph that grows.</param>
internal sealed record OnnxParts(ModelFolder Source, OnnxGraph Graph)
{
    // The least float, as the reference hides keys: it cannot overflow when a score is added.
    private const double Hidden = float.MinValue;

    /// <summary>A linear map whose matrix the checkpoint has as <c>[output, input]</c>.</summary>
    public string Linear(string input, string name, long inputSize, long outputSize, bool hasBias = true)
    {
        var product = Graph.Op("MatMul", [input, Graph.Weight(Source.PlanTransposed(name + ".weight.T", name + ".weight", outputSize, inputSize))]);
        return hasBias ? Bias(product, name, outputSize) : product;
    }

    /// <summary>A linear map whose matrix the checkpoint has as <c>[input, output]</c> (GPT-2's Conv1D).</summary>
    public string Conv(string input, string name, long inputSize, long outputSize) =>
        Bias(Graph.Op("MatMul", [input, Graph.Weight(Source.Plan(name + ".weight", name + ".weight", [inputSize, outputSize]))]), name, outputSize);

    /// <summary>The product with the embedding's table, <c>[vocab, hidden]</c>.</summary>
    public string Tied(string input, string table) => Graph.Op("MatMul", [input, Graph.Op("Transpose", [table], ("perm", new long[] { 1, 0 }))]);

    /// <summary>Layer normalisation (Ba et al. 2016, arXiv:1607.06450).</summary>
    public string LayerNorm(string input, string name, long size, double epsilon) => Graph.Op(
        "LayerNormalization",
        [input, Graph.Weight(Source.Plan(name + ".weight", name + ".weight", [size])), Graph.Weight(Source.Plan(name + ".bias", name + ".bias", [size]))],
        ("axis", -1),
        ("epsilon", (float)epsilon));

    /// <summary>RMS normalisation (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    public string RootMeanSquareNorm(string input, string name, long size, double epsilon)
    {
        var mean = Graph.Op("ReduceMean", [Graph.Op("Mul", [input, input])], ("axes", new long[] { -1 }), ("keepdims", 1));
        var root = Graph.Op("Sqrt", [Graph.Op("Add", [mean, Graph.Number(epsilon)])]);
        return Graph.Op("Mul", [Graph.Op("Div", [input, root]), Graph.Weight(Source.Plan(name + ".weight", name + ".weight", [size]))]);
    }

    /// <summary>An activation by the reference's name.</summary>
    public string Activate(string input, string activation, string field) => activation switch
    {
        "gelu" => Half(input, Graph.Op("Erf", [Graph.Op("Div", [input, Graph.Number(Math.Sqrt(2))])])),
        "gelu_new" or "gelu_pytorch_tanh" => Half(input, Graph.Op("Tanh", [Graph.Op("Mul", [Graph.Number(Math.Sqrt(2 / Math.PI)), Graph.Op("Add", [input, Graph.Op("Mul", [Graph.Number(0.044715), Graph.Op("Mul", [input, Graph.Op("Mul", [input, input])])])])])])),
        "silu" or "swish" => Graph.Op("Mul", [input, Graph.Op("Sigmoid", [input])]),
        "quick_gelu" => Graph.Op("Mul", [input, Graph.Op("Sigmoid", [Graph.Op("Mul", [input, Graph.Number(1.702)])])]),
        "relu" => Graph.Op("Relu", [input]),
        "tanh" => Graph.Op("Tanh", [input]),
        _ => throw Source.Config.Wrong(field, $"is '{activation}'; only gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, silu, relu and tanh can be exported"),
    };

    /// <summary><c>[batch, seq, heads·head]</c> to <c>[batch, heads, seq, head]</c>.</summary>
    public string SplitHeads(string input, long heads, long size) =>
        Graph.Op("Transpose", [Graph.Op("Reshape", [input, Graph.Longs(0, 0, heads, size)])], ("perm", new long[] { 0, 2, 1, 3 }));

    /// <summary>Attention over all keys that the bias leaves visible.</summary>
    /// <param name="query"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="key"><c>[batch, heads, keys, head]</c>.</param>
    /// <param name="value"><c>[batch, heads, keys, head]</c>.</param>
    /// <param name="bias">Added to the scores, <c>[batch, 1, seq or 1, keys]</c>; null where all see all.</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="size">Width of all heads together.</param>
    /// <returns><c>[batch, seq, heads·head]</c>.</returns>
    public string Attend(string query, string key, string value, string? bias, double scale, long size)
    {
        var scores = Graph.Op("MatMul", [Graph.Op("Mul", [query, Graph.Number(scale)]), Graph.Op("Transpose", [key], ("perm", new long[] { 0, 1, 3, 2 }))]);
        var shares = Graph.Op("Softmax", [bias is null ? scores : Graph.Op("Add", [scores, bias])], ("axis", -1));
        var mixed = Graph.Op("Transpose", [Graph.Op("MatMul", [shares, value])], ("perm", new long[] { 0, 2, 1, 3 }));
        return Graph.Op("Reshape", [mixed, Graph.Longs(0, 0, size)]);
    }

    /// <summary>The first vector of each sequence, <c>[batch, hidden]</c>.</summary>
    public string First(string hidden) => Graph.Op("Gather", [hidden, Graph.Long(0)], ("axis", 1));

    /// <summary>Vectors of length 1.</summary>
    public string Normalize(string vectors)
    {
        var length = Graph.Op("ReduceL2", [vectors], ("axes", new long[] { -1 }), ("keepdims", 1));
        return Graph.Op("Div", [vectors, Graph.Op("Max", [length, Graph.Number(1e-12)])]);
    }

    /// <summary>The bias that hides padding from everyone, <c>[batch, 1, 1, keys]</c>.</summary>
    public string PaddingBias(string attentionMask) => Bias(Visible(attentionMask));

    /// <summary>The bias that hides padding and what comes later, <c>[batch, 1, seq, keys]</c>.</summary>
    /// <param name="inputIds">The new tokens.</param>
    /// <param name="attentionMask">1 for each token so far, the new ones included, that is none of padding.</param>
    /// <param name="window">How many tokens back one sees, itself included; null for all.</param>
    public string CausalBias(string inputIds, string attentionMask, int? window)
    {
        var keys = Length(attentionMask);
        var columns = Graph.Op("Range", [Graph.Long(0), keys, Graph.Long(1)]);
        var rows = Graph.Op("Unsqueeze", [Graph.Op("Range", [Graph.Op("Sub", [keys, Length(inputIds)]), keys, Graph.Long(1)]), Graph.Longs(1)]);
        var visible = Graph.Op("And", [Graph.Op("LessOrEqual", [columns, rows]), Visible(attentionMask)]);
        return Bias(window is { } size ? Graph.Op("And", [visible, Graph.Op("Less", [Graph.Op("Sub", [rows, columns]), Graph.Long(size)])]) : visible);
    }

    /// <summary>The length of a <c>[batch, seq]</c>, a scalar.</summary>
    public string Length(string value) => Graph.Op("Gather", [Graph.Op("Shape", [value]), Graph.Long(1)], ("axis", 0));

    /// <summary>Puts what came before in front of the new keys or values and makes the whole an output.</summary>
    /// <param name="fresh"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="kind">key or value.</param>
    /// <param name="heads">Heads of keys.</param>
    /// <param name="size">Width of a head.</param>
    public string Remember(string fresh, int layer, string kind, long heads, long size)
    {
        var number = layer.ToString(CultureInfo.InvariantCulture);
        var past = Graph.Input($"past_key_values.{number}.{kind}", OnnxType.Float, "batch", heads, "past", size);
        var whole = Graph.Op("Concat", [past, fresh], ("axis", 2));
        Graph.Output(whole, $"present.{number}.{kind}", OnnxType.Float, "batch", heads, "total", size);
        return whole;
    }

    private string Bias(string product, string name, long size) =>
        Graph.Op("Add", [product, Graph.Weight(Source.Plan(name + ".bias", name + ".bias", [size]))]);

    private string Bias(string visible) => Graph.Op("Where", [visible, Graph.Number(0), Graph.Number(Hidden)]);

    private string Visible(string attentionMask) =>
        Graph.Op("Unsqueeze", [Graph.Op("Cast", [attentionMask], ("to", (int)OnnxType.Boolean)), Graph.Longs(1, 2)]);

    private string Half(string input, string inner) =>
        Graph.Op("Mul", [Graph.Op("Mul", [input, Graph.Op("Add", [inner, Graph.Number(1)])]), Graph.Number(0.5)]);
}
