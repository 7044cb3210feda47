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
        ArgumentNullException.ThrowIfNull(input);
        return is_grad_enabled() && weight.requires_grad && weight.device_type == DeviceType.CPU ? Recorded.apply(input, weight) : Rows(input, weight);
    }

    // TorchSharp has no functional embedding; index_select's backward would be slower.
    private static Tensor Rows(Tensor ids, Tensor table)
    {
        var call = new AtenCall();
        call.Push(table).Push(ids).Push(-1L).Push(false).Push(false).Invoke("aten::embedding");
        return call.Result();
    }

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (ids, table) = ((Tensor)inputs[0], (Tensor)inputs[1]);
            context.save_for_backward([ids, table]);
            return Rows(ids, table);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables();
            var (ids, table) = (saved[0], saved[1]);
            if (is_grad_enabled())
            {
                return [null, DifferentiateByTorch(Rows(ids, table), [table], gradient)[0]];
            }

            // A table that is the head's matrix too has a gradient already, of which this changes a few rows.
            var sum = BackwardPass.SoFar(table);
            var result = sum ?? zeros_like(table);

            // Not embedding_dense_backward: in bfloat16 it adds token by token, and what a token that occurs 257 times in a batch
            // would add is lost. This sums in float32.
            result.index_add_(0, ids.reshape(-1), gradient.reshape(-1, table.size(1)), 1);
            return [null, sum is null ? Given(table, result) : null];
        }
    }
}
