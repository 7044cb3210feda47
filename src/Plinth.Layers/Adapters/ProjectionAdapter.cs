using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>A small change to one <see cref="Projection"/>: what it computes is added to the projection's output.</summary>
public abstract class ProjectionAdapter : nn.Module<Tensor, Tensor>
{
    /// <param name="name">Name of the module, for printing.</param>
    protected ProjectionAdapter(string name) : base(name) { }

    /// <summary>The change as a matrix to add to the projection's weight; <c>[output, input]</c>.</summary>
    public abstract Tensor Delta();
}
