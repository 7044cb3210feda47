using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>A table of learned vectors, one per id: tokens, positions or segments.</summary>
public sealed class TokenTable : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    /// <param name="count">Rows.</param>
    /// <param name="size">Width of a row.</param>
    public TokenTable(long count, long size)
        : base(nameof(TokenTable))
    {
        weight = FreshWeights.Empty(count, size);
        Initialization.Normal(weight, 0.02);
        RegisterComponents();
    }

    /// <summary>The vectors; <c>[count, size]</c>.</summary>
    public Parameter Weight => weight;

    /// <param name="input">Ids; int64 <c>[...]</c>.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        // TorchSharp has no functional embedding; index_select's backward would be slower.
        var call = new AtenCall();
        call.Push(weight).Push(input).Push(-1L).Push(false).Push(false).Invoke("aten::embedding");
        return call.Result();
    }
}
