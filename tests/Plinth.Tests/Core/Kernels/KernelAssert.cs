using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

/// <summary>What the tests of all kernels hold numbers to.</summary>
internal static class KernelAssert
{
    /// <summary>No number differs by more than a share of its size, or of 1 where it is smaller.</summary>
    public static void Near(Tensor exact, Tensor found, double tolerance) =>
        Assert.InRange(((exact - found).abs() / exact.abs().clamp_min(1)).max().ToDouble(), 0, tolerance);
}
