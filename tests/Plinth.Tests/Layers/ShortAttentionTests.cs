using Plinth.Core;
using Plinth.Layers.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>
/// Attention over short sequences has ways of its own in float32, by the number of keys; in float64 it is always the one kernel. All are
/// to give the same outputs and gradients.
/// </summary>
public sealed class ShortAttentionTests
{
    [Theory]
    [InlineData(1, AttentionPattern.Causal, null)]
    [InlineData(2, AttentionPattern.Causal, null)]
    [InlineData(15, AttentionPattern.Causal, null)]
    [InlineData(16, AttentionPattern.Causal, null)]
    [InlineData(40, AttentionPattern.Causal, null)]
    [InlineData(150, AttentionPattern.Causal, null)]
    [InlineData(5, AttentionPattern.Bidirectional, null)]
    [InlineData(15, AttentionPattern.Bidirectional, null)]
    [InlineData(16, AttentionPattern.Bidirectional, null)]
    [InlineData(129, AttentionPattern.Bidirectional, null)]
    [InlineData(9, AttentionPattern.Causal, 2.0)]
    [InlineData(33, AttentionPattern.Bidirectional, 2.0)]
    public void Equals_attention_in_double(int length, AttentionPattern pattern, double? scoreCap)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(length);
        using var attention = new MultiHeadAttention(new() { HiddenSize = 24, HeadCount = 3, Pattern = pattern, ScoreCap = scoreCap });
        foreach (var parameter in attention.parameters())
        {
            Plinth.Layers.Initialization.Normal(parameter, 0.3);
        }

        Tensor values = randn(2, length, 24), direction = randn(2, length, 24);
        // The second row ends early, where attention is bidirectional; behind a causal one nothing need be hidden.
        var mask = pattern == AttentionPattern.Causal ? null : ones([2, length], ScalarType.Int64);
        mask?[1].narrow(0, length - (length / 3), length / 3).fill_(0);
        var found = Results();
        attention.to(ScalarType.Float64);
        (values, direction) = (values.to(ScalarType.Float64), direction.to(ScalarType.Float64));
        var exact = Results();
        Assert.True(exact.Count > 5);
        // The gradient of the keys' bias is a sum that comes to nothing, so its own size is no measure.
        var least = 0.2 * exact.Max(tensor => tensor.abs().max().ToDouble());
        Assert.All(exact.Zip(found), pair => Assert.True((pair.First - pair.Second).abs().max().ToDouble() < 1e-5 * Math.Max(least, pair.First.abs().max().ToDouble())));

        List<Tensor> Results()
        {
            attention.zero_grad();
            var input = values.detach().requires_grad_();
            var output = attention.Attend(input, new AttentionPass([attention.Options], new(input, mask, null), null), 0);
            (output * direction).sum().backward();
            return [output.detach(), input.grad!.clone(), .. attention.parameters().Select(parameter => parameter.grad!.clone())];
        }
    }
}
