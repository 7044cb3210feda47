using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Form and sizes of the adapters of one set. Each form has a record of its own with what it adds.</summary>
public abstract record AdapterOptions
{
    internal const string Backbone = "backbone.";

    /// <summary>In which numbers the linear maps of the backbone are kept, which stand still under the adapters.</summary>
    public MatrixForm Base { get; init; } = MatrixForm.Full;
}

/// <summary>Form and sizes of adapters that change projections.</summary>
public abstract record ProjectionOptions : AdapterOptions
{
    /// <summary>Whether a projection gets an adapter where nothing else is asked for.</summary>
    /// <param name="projection">Its name, such as <c>backbone.stack.blocks.layers.0.attention.query</c>.</param>
    public virtual bool Suits(string projection)
    {
        ArgumentNullException.ThrowIfNull(projection);
        return projection.StartsWith(Backbone, StringComparison.Ordinal);
    }

    /// <summary>Makes a fresh adapter, which changes nothing yet.</summary>
    /// <param name="projection">Name of the projection that it is for.</param>
    /// <param name="weight">The projection's matrix; <c>[output, input]</c>.</param>
    public abstract ProjectionAdapter Make(string projection, Tensor weight);
}
