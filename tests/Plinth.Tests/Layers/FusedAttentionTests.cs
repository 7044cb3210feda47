using Plinth.Layers;
using Plinth.Layers.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

public sealed class FusedAttentionTests
{
    // Dropout of almost nothing takes the way of libtorch's own operations.
    [Theory]
    [InlineData(AttentionPattern.Causal, true)]
    [InlineData(AttentionPattern.Causal, false)]
    [InlineData(AttentionPattern.Bidirectional, true)]
    public void A_layer_has_the_gradients_of_plain_operations(AttentionPattern pattern, bool isPadded)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(11);
        var options = new AttentionOptions { HiddenSize = 48, HeadCount = 6, KeyValueHeadCount = 2, Pattern = pattern };
        using var layer = new MultiHeadAttention(options);
        using var other = new MultiHeadAttention(options with { Dropout = 1e-12 });
        other.load_state_dict(layer.state_dict());
        var input = randn(3, 70, 48);
        var mask = ones(3, 70, ScalarType.Int64);
        mask[1].narrow(0, 40, 30).fill_(0);
        var (found, byFound) = Run(layer);
        var (expected, byExpected) = Run(other);
        Assert.True((found - expected).abs().max().ToDouble() < 1e-5);
        Assert.True((byFound - byExpected).abs().max().ToDouble() < 1e-4);

        (Tensor Output, Tensor Gradient) Run(MultiHeadAttention attention)
        {
            attention.train();
            var leaf = input.detach().requires_grad_();
            var output = attention.Attend(leaf, new AttentionPass([attention.Options], new(leaf, isPadded ? mask : null, null), null), 0);
            // Rows of padding mean nothing.
            var used = isPadded ? output * mask.unsqueeze(2) : output;
            used.square().sum().backward();
            return (used.detach(), leaf.grad!);
        }
    }

    [Fact]
    public void Gradients_have_gradients()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(12);
        using var layer = new MultiHeadAttention(new AttentionOptions { HiddenSize = 32, HeadCount = 2, Pattern = AttentionPattern.Causal });
        using var other = new MultiHeadAttention(layer.Options with { Dropout = 1e-12 });
        other.load_state_dict(layer.state_dict());
        var input = randn(1, 24, 32);
        Assert.True((Second(layer) - Second(other)).abs().max().ToDouble() < 1e-4);

        Tensor Second(MultiHeadAttention attention)
        {
            attention.train();
            var leaf = input.detach().requires_grad_();
            var output = attention.Attend(leaf, new AttentionPass([attention.Options], new(leaf, null, null), null), 0);
            var first = autograd.grad([output.square().sum()], [leaf], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.square().sum()], [leaf])[0];
        }
    }

    [Fact]
    public void Many_steps_leave_memory_as_it_is()
    {
        using var outer = NewDisposeScope();
        using var layer = new MultiHeadAttention(new AttentionOptions { HiddenSize = 64, HeadCount = 4, Pattern = AttentionPattern.Causal });
        var input = randn(4, 64, 64).requires_grad_();
        Steps(100);
        var before = NativeHeap.InUse;
        Steps(400);
        Assert.InRange(NativeHeap.InUse - before, long.MinValue, 16L << 20);

        void Steps(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                layer.Attend(input, new AttentionPass([layer.Options], new(input, null, null), null), 0).sum().backward();
                if (i % 10 == 0)
                {
                    GC.Collect(0);
                }
            }
        }
    }
}
