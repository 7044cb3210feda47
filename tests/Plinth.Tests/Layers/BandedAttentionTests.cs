using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Layers.Positions;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>Banded attention equals attention under a mask over the whole matrix, in outputs and gradients.</summary>
public sealed class BandedAttentionTests
{
    // Query length, window, batch, whether padded: beside the blocks' edges, on them, and windows below the smallest block.
    [Theory]
    [InlineData(300, 7, 1, false, AttentionPattern.Causal)]
    [InlineData(300, 7, 2, true, AttentionPattern.Causal)]
    [InlineData(256, 64, 2, false, AttentionPattern.Causal)]
    [InlineData(257, 64, 1, true, AttentionPattern.Causal)]
    [InlineData(511, 65, 2, true, AttentionPattern.Causal)]
    [InlineData(640, 128, 1, false, AttentionPattern.Causal)]
    [InlineData(777, 100, 2, true, AttentionPattern.Causal)]
    [InlineData(200, 1, 1, false, AttentionPattern.Causal)]
    [InlineData(300, 7, 2, true, AttentionPattern.Bidirectional)]
    [InlineData(511, 65, 1, false, AttentionPattern.Bidirectional)]
    [InlineData(640, 64, 2, true, AttentionPattern.Bidirectional)]
    [InlineData(1000, 100, 1, true, AttentionPattern.Bidirectional)]
    public void Outputs_and_gradients_are_those_of_the_mask(int length, int window, int batch, bool isPadded, AttentionPattern pattern)
    {
        using var scope = NewDisposeScope();
        foreach (var form in Forms(window, pattern))
        {
            Assert.True(AttentionBand.Pays(length, length, window, pattern == AttentionPattern.Causal));
            random.manual_seed(length + window);
            using var attention = new MultiHeadAttention(form);
            attention.eval();
            foreach (var parameter in attention.parameters())
            {
                Plinth.Layers.Initialization.Normal(parameter, 0.3);
            }

            var values = randn(batch, length, 16);
            // The first row is padded at its beginning, the last at its end.
            var mask = ones([batch, length], ScalarType.Int64);
            if (isPadded)
            {
                mask[0].narrow(0, 0, length / 3).fill_(0);
                mask[batch - 1].narrow(0, length - 5, 5).fill_(0);
            }

            var banded = Run(attention, form, values, isPadded ? mask : null, mask, null);
            var dense = Run(attention, form, values, isPadded ? mask : null, mask, zeros(1, 1, length, length));
            Assert.True(banded.IsBanded);
            Assert.False(dense.IsBanded);
            Assert.True(Difference(banded.Output, dense.Output) < 2e-5, $"{form.Positions} output {Difference(banded.Output, dense.Output)}");
            Assert.All(banded.Gradients.Zip(dense.Gradients), pair =>
                Assert.True(Difference(pair.First, pair.Second) < 1e-4 * Math.Max(1, pair.Second.abs().max().ToDouble()), $"{form.Positions} gradient {Difference(pair.First, pair.Second)}"));
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100)]
    public void Going_on_from_a_cache_changes_nothing(int window)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var form in Forms(window, AttentionPattern.Causal))
        {
            random.manual_seed(window);
            using var attention = new MultiHeadAttention(form);
            attention.eval();
            var values = randn(2, 700, 16);
            var mask = ones([2, 700], ScalarType.Int64);
            mask[1].narrow(0, 0, 90).fill_(0);
            var whole = attention.Attend(values, new AttentionPass([form], new(values, mask, null), null, zeros(1, 1, 700, 700)), 0);
            using var cache = new KeyValueCache();
            var pieces = new List<Tensor>();
            var start = 0L;
            foreach (var count in (long[])[1, 400, 1, 1, 100, 197])
            {
                var piece = values.narrow(1, start, count);
                var pass = new AttentionPass([form], new(piece, mask.narrow(1, 0, start + count), null), new() { Cache = cache });
                Assert.Equal(AttentionBand.Pays(count, start + count, window, isCausal: true) && start + count > window, pass.For(form).Band is not null);
                pieces.Add(attention.Attend(piece, pass, 0));
                start += count;
            }

            Assert.True(Difference(whole * mask.unsqueeze(-1), cat(pieces, 1) * mask.unsqueeze(-1)) < 2e-5, form.Positions.ToString());
        }
    }

    [Fact]
    public void A_window_counts_itself_and_sees_nothing_beyond()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var form = Forms(16, AttentionPattern.Causal).First();
        using var attention = new MultiHeadAttention(form);
        attention.eval();
        var values = randn(1, 400, 16);
        var changed = values.clone();
        changed.narrow(1, 200, 1).fill_(9);
        Tensor Of(Tensor x) => attention.Attend(x, new AttentionPass([form], new(x, null, null), null), 0);
        var rows = (Of(values) - Of(changed)).abs().sum(-1).squeeze(0).gt(1e-6).nonzero().flatten().data<long>().ToArray();
        Assert.Equal(Enumerable.Range(200, 16).Select(i => (long)i), rows);
    }

    [Fact]
    public void Short_sequences_take_the_matrix()
    {
        Assert.False(AttentionBand.Pays(256, 256, 128, isCausal: true));
        Assert.True(AttentionBand.Pays(4_096, 4_096, 256, isCausal: true));
        Assert.True(AttentionBand.Pays(1, 4_096, 256, isCausal: true));
    }

    private static IEnumerable<AttentionOptions> Forms(int window, AttentionPattern pattern)
    {
        var plain = new AttentionOptions { HiddenSize = 16, HeadCount = 4, Pattern = pattern, Window = window };
        yield return plain;
        yield return plain with { KeyValueHeadCount = 2, Positions = PositionKind.Rotary, Rotary = new RotaryOptions(), ScoreCap = 5 };
        yield return plain with { Positions = PositionKind.LinearBias, Layout = ProjectionLayout.Stacked, Scale = 1 };
    }

    // Biases shared by all blocks are not cut into bands, so zeros among them give the reference: a mask over the whole matrix.
    private static (bool IsBanded, Tensor Output, List<Tensor> Gradients) Run(
        MultiHeadAttention attention, AttentionOptions form, Tensor values, Tensor? mask, Tensor counts, Tensor? shared)
    {
        attention.zero_grad();
        var input = values.clone().requires_grad_(true);
        var pass = new AttentionPass([form], new(input, mask, null), null, shared);
        var output = attention.Attend(input, pass, 0) * counts.unsqueeze(-1);
        (output * arange(output.numel()).view_as(output).sin()).sum().backward();
        return (pass.For(form).Band is not null, output.detach(), [input.grad!.clone(), .. attention.parameters().Select(parameter => parameter.grad!.clone())]);
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
