using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Bench;

/// <summary>A block of Llama as one would write it with TorchSharp's own layers.</summary>
internal sealed class PlainLlamaBlock : nn.Module<Tensor, Tensor>
{
    private readonly TrainingShape shape;
    private readonly Norm first, second;
    private readonly Linear query, key, value, output, gate, up, down;
    private readonly Tensor cosines, sines;

    public PlainLlamaBlock(TrainingShape shape, ScalarType type)
        : base(nameof(PlainLlamaBlock))
    {
        this.shape = shape;
        (first, second) = (new(shape.Hidden), new(shape.Hidden));
        (query, key, value, output) = (Map(shape.Hidden, shape.Hidden), Map(shape.Hidden, shape.Hidden), Map(shape.Hidden, shape.Hidden), Map(shape.Hidden, shape.Hidden));
        (gate, up, down) = (Map(shape.Hidden, shape.Inner), Map(shape.Hidden, shape.Inner), Map(shape.Inner, shape.Hidden));
        var half = shape.Hidden / shape.Heads / 2;
        var angles = arange(shape.Length).unsqueeze(1) * pow(10_000f, arange(half) * (-1f / half));
        var both = cat([angles, angles], -1);
        (cosines, sines) = (both.cos().to(type), both.sin().to(type));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var normed = first.forward(input);
        var (q, k, v) = (Turn(Heads(query.forward(normed))), Turn(Heads(key.forward(normed))), Heads(value.forward(normed)));
        var mixed = F.scaled_dot_product_attention(q, k, v, is_casual: true).transpose(1, 2).reshape(input.shape);
        var hidden = input + output.forward(mixed);
        normed = second.forward(hidden);
        return hidden + down.forward(F.silu(gate.forward(normed)) * up.forward(normed));
    }

    private static Linear Map(long inputs, long outputs) => nn.Linear(inputs, outputs, hasBias: false);

    private Tensor Heads(Tensor vectors) => vectors.view(vectors.size(0), shape.Length, shape.Heads, -1).transpose(1, 2);

    private Tensor Turn(Tensor vectors)
    {
        var half = vectors.size(-1) / 2;
        return (vectors * cosines) + (cat([-vectors.narrow(-1, half, half), vectors.narrow(-1, 0, half)], -1) * sines);
    }

    /// <summary>Its norm.</summary>
    internal sealed class Norm : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter weight;

        public Norm(long size)
            : base(nameof(Norm))
        {
            weight = nn.Parameter(ones(size));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var wide = input.to(ScalarType.Float32);
            return weight * (wide * (wide.square().mean([-1L], keepdim: true) + 1e-5).rsqrt()).to(input.dtype);
        }
    }
}
