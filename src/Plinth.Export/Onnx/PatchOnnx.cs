using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>Where a family keeps what makes vectors of pictures, by the reference's names.</summary>
/// <param name="ClassToken">The token before the patches.</param>
/// <param name="Positions">The table of positions.</param>
/// <param name="Patches">The map from pixels.</param>
/// <param name="HasPatchBias">Whether it adds a vector.</param>
/// <param name="HasPlainTables">Whether token and positions are stored without leading ones in their shape.</param>
internal sealed record PatchNames(string ClassToken, string Positions, string Patches, bool HasPatchBias, bool HasPlainTables);

/// <summary>Pictures of the size that the positions are for as vectors of a class token and patches, as ONNX operators.</summary>
/// <param name="Source">The checkpoint.</param>
/// <param name="Parts">The graph that grows.</param>
/// <param name="Shape">Sizes of pictures and patches.</param>
/// <param name="HiddenSize">Width of a vector.</param>
internal sealed record PatchOnnx(ModelFolder Source, OnnxParts Parts, PatchShape Shape, long HiddenSize)
{
    private OnnxGraph Graph => Parts.Graph;

    /// <summary>Declares the input <c>pixel_values</c> and embeds it.</summary>
    /// <returns><c>[batch, 1 + patch, hidden]</c>.</returns>
    public string Embed(PatchNames names)
    {
        var pixels = Graph.Input("pixel_values", OnnxType.Float, "batch", Shape.ChannelCount, Shape.Height, Shape.Width);
        Graph.Scope = "/embeddings";
        var map = Weight(names.Patches + ".weight", HiddenSize, Shape.ChannelCount, Shape.Size, Shape.Size);
        string[] inputs = names.HasPatchBias ? [pixels, map, Weight(names.Patches + ".bias", HiddenSize)] : [pixels, map];
        long[] side = [Shape.Size, Shape.Size];
        var grid = Graph.Op("Conv", inputs, ("kernel_shape", side), ("strides", side));
        var patches = Graph.Op("Transpose", [Graph.Op("Reshape", [grid, Graph.Longs(0, HiddenSize, -1)])], ("perm", new long[] { 0, 2, 1 }));
        var token = names.HasPlainTables ? Weight(names.ClassToken, HiddenSize) : Weight(names.ClassToken, 1, 1, HiddenSize);
        var count = Graph.Op("Gather", [Graph.Op("Shape", [pixels]), Graph.Longs(0)], ("axis", 0));
        var tokens = Graph.Op("Expand", [token, Graph.Op("Concat", [count, Graph.Longs(1, HiddenSize)], ("axis", 0))]);
        var positions = names.HasPlainTables ? Weight(names.Positions, Shape.Length, HiddenSize) : Weight(names.Positions, 1, Shape.Length, HiddenSize);
        return Graph.Op("Add", [Graph.Op("Concat", [tokens, patches], ("axis", 1)), positions]);
    }

    private string Weight(string name, params long[] shape) => Graph.Weight(Source.Plan(name, name, shape));
}
