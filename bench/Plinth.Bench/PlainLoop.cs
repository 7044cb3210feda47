using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Bench;

/// <summary>
/// A GPT-2, or a Llama, as one would write it with TorchSharp's own layers, loss and AdamW: fused causal attention, all logits at once, a dispose
/// scope per step. With bfloat16 everything is, the optimizer's moments too.
/// </summary>
internal sealed class PlainLoop : nn.Module<Tensor, Tensor>
{
    private readonly TrainingShape shape;
    private readonly Embedding tokens;
    private readonly Embedding? positions;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> blocks;
    private readonly nn.Module<Tensor, Tensor> norm;
    private readonly Linear? head;
    private readonly optim.Optimizer optimizer;
    private double last;

    public PlainLoop(TrainingShape shape, ScalarType type)
        : base(nameof(PlainLoop))
    {
        this.shape = shape;
        tokens = nn.Embedding(shape.VocabularySize, shape.Hidden);
        positions = shape.IsLlama ? null : nn.Embedding(shape.Length, shape.Hidden);
        blocks = new([.. Enumerable.Range(0, shape.Layers).Select(_ => shape.IsLlama ? (nn.Module<Tensor, Tensor>)new PlainLlamaBlock(shape, type) : new Block(shape))]);
        norm = shape.IsLlama ? new PlainLlamaBlock.Norm(shape.Hidden) : nn.LayerNorm(shape.Hidden);
        head = shape.IsLlama ? nn.Linear(shape.Hidden, shape.VocabularySize, hasBias: false) : null;
        RegisterComponents();
        foreach (var parameter in parameters())
        {
            using var quiet = no_grad();
            parameter.normal_(0, 0.02);
        }

        this.to(type);
        optimizer = optim.AdamW(parameters(), 1e-4);
    }

    public override Tensor forward(Tensor input)
    {
        var hidden = tokens.forward(input);
        hidden = positions is null ? hidden : hidden + positions.forward(arange(shape.Length, ScalarType.Int64));
        foreach (var block in blocks)
        {
            hidden = block.forward(hidden);
        }

        return F.linear(norm.forward(hidden), head?.weight ?? tokens.weight!);
    }

    /// <summary>Loss of the last step, which each step waits for.</summary>
    public double Loss => last;

    public void Step(Tensor ids, Tensor labels)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = F.cross_entropy(forward(ids).view(-1, shape.VocabularySize), labels.view(-1));
        loss.backward();
        nn.utils.clip_grad_norm_(parameters(), 1);
        optimizer.step();
        last = loss.ToDouble();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            optimizer.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly TrainingShape shape;
        private readonly LayerNorm first, second;
        private readonly Linear qkv, output, up, down;

        public Block(TrainingShape shape)
            : base(nameof(Block))
        {
            this.shape = shape;
            (first, second) = (nn.LayerNorm(shape.Hidden), nn.LayerNorm(shape.Hidden));
            (qkv, output) = (nn.Linear(shape.Hidden, 3 * shape.Hidden), nn.Linear(shape.Hidden, shape.Hidden));
            (up, down) = (nn.Linear(shape.Hidden, 4 * shape.Hidden), nn.Linear(4 * shape.Hidden, shape.Hidden));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var parts = qkv.forward(first.forward(input)).view(input.size(0), shape.Length, 3, shape.Heads, -1).permute(2, 0, 3, 1, 4);   // [3, batch, heads, seq, head]
            var mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true).transpose(1, 2).reshape(input.shape);
            var hidden = input + output.forward(mixed);
            return hidden + down.forward(F.gelu(up.forward(second.forward(hidden))));
        }
    }
}
