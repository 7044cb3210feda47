using Plinth.Core;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class CrossEntropyKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 0.0, 0.0, 2e-6)]
    [InlineData(ScalarType.Float32, 0.1, 1e-3, 2e-6)]
    [InlineData(ScalarType.BFloat16, 0.0, 0.0, 4e-3)]
    [InlineData(ScalarType.BFloat16, 0.2, 1e-4, 4e-3)]
    public void Equals_the_loss_in_double(ScalarType type, double smoothing, double penalty, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var logits = (randn(70, 1003) * 4).to(type);
        Assert.SkipUnless(CrossEntropyKernel.Suits(logits), "This processor has no AVX-512.");
        var targets = randint(0, 1003, [70], ScalarType.Int64);
        targets[3] = tensor((long)Batch.IgnoredLabel);
        var x = logits.to(ScalarType.Float64).requires_grad_();
        var expected = nn.functional.cross_entropy(x, targets, ignore_index: Batch.IgnoredLabel, reduction: nn.Reduction.None, label_smoothing: smoothing)
            + (x.logsumexp(-1).square() * targets.ne(Batch.IgnoredLabel) * penalty);
        expected.sum().backward();
        var (losses, gradient) = CrossEntropyKernel.Run(logits, targets, smoothing, penalty, withGradient: true);
        Assert.InRange((expected.detach() - losses).abs().max().ToDouble(), 0, 2e-5);
        Assert.Equal(type, gradient!.dtype);
        Assert.InRange((x.grad! - gradient).abs().max().ToDouble(), 0, tolerance);
        Assert.Equal(0, gradient[3].abs().sum().ToDouble());
        Assert.Null(CrossEntropyKernel.Run(logits, targets, smoothing, penalty, withGradient: false).Gradient);
    }

    [Theory]
    [InlineData(1000L)]
    [InlineData(-1L)]
    public void Refuses_classes_that_there_are_not(long target)
    {
        using var scope = NewDisposeScope();
        var logits = randn(70, 1000);
        Assert.SkipUnless(CrossEntropyKernel.Suits(logits), "This processor has no AVX-512.");
        var error = Assert.Throws<ArgumentException>(() => CrossEntropyKernel.Run(logits, full([70], target, ScalarType.Int64), 0, 0, withGradient: true));
        Assert.Contains("1000 classes", error.Message, StringComparison.Ordinal);
    }
}
