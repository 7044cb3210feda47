using System.Globalization;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>Transformer blocks with a norm before each part, as ONNX operators.</summary>
/// <param name="Source">The checkpoint.</param>
/// <param name="Parts">The graph that grows.</param>
/// <param name="Shape">Sizes.</param>
internal sealed record TowerOnnx(ModelFolder Source, OnnxParts Parts, TowerShape Shape)
{
    private OnnxGraph Graph => Parts.Graph;

    /// <summary>Runs the blocks.</summary>
    /// <param name="hidden"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="bias">Added to the scores, or null where all see all.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public string Run(string hidden, string? bias)
    {
        for (var layer = 0; layer < Shape.LayerCount; layer++)
        {
            Graph.Scope = string.Create(CultureInfo.InvariantCulture, $"/layer.{layer}");
            hidden = Layer(hidden, bias, Shape.Names.Layer(layer));
        }

        return hidden;
    }

    private string Layer(string input, string? bias, string name)
    {
        var (size, names) = (Shape.HiddenSize, Shape.Names);
        var normed = Parts.LayerNorm(input, name + names.AttentionNorm, size, Shape.Epsilon);
        var seen = Parts.Attend(Heads(normed, name + names.Query), Heads(normed, name + names.Key), Heads(normed, name + names.Value), bias, 1 / Math.Sqrt(Shape.HeadSize), size);
        var hidden = Add(input, Parts.Linear(seen, name + names.AttentionOutput, size, size), name, names.AttentionScale);
        normed = Parts.LayerNorm(hidden, name + names.InnerNorm, size, Shape.Epsilon);
        var inner = Parts.Activate(Parts.Linear(normed, name + names.Inner, size, Shape.InnerSize), Shape.Activation, "hidden_act");
        return Add(hidden, Parts.Linear(inner, name + names.Output, Shape.InnerSize, size), name, names.OutputScale);
    }

    private string Heads(string input, string name) =>
        Parts.SplitHeads(Parts.Linear(input, name, Shape.HiddenSize, Shape.HiddenSize, Shape.HasInputBias), Shape.HeadCount, Shape.HeadSize);

    private string Add(string input, string change, string name, string? scale) => Graph.Op(
        "Add", [input, scale is null ? change : Graph.Op("Mul", [change, Graph.Weight(Source.Plan(name + scale, name + scale, [Shape.HiddenSize]))])]);
}
