using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public sealed class PackedWeightsTests
{
    private const long Long = 1_000_000;

    [Theory]
    [InlineData(384, 1536, true)]
    [InlineData(1536, 384, false)]
    [InlineData(300, 211, true)]
    public void Gives_what_the_plain_weights_give(long inputs, long outputs, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var layer = new Projection(inputs, outputs, hasBias);
        var input = randn(4, 96, inputs);
        using var quiet = no_grad();
        var (plain, activated) = (layer.forward(input), layer.Activate(input, Activations.Named("gelu")));
        using var packed = PackedWeights.For(layer, Long);
        Assert.True((layer.forward(input) - plain).abs().max().ToDouble() < 1e-5);
        Assert.True((layer.Activate(input, Activations.Named("gelu")) - activated).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Copies_last_for_the_job_and_recorded_passes_do_not_see_them()
    {
        Assert.SkipUnless(OneDnn.IsPreferred, "Packing has no gain on this machine.");
        using var scope = NewDisposeScope();
        using var layer = new Projection(384, 384);
        var input = randn(200, 384);
        var before = Quiet();
        using (PackedWeights.For(layer, Long))
        {
            Double();
            Assert.Equal(0, Distance(Quiet(), before), 1e-5);
            Assert.Equal(0, Distance(layer.forward(input).detach(), before * 2), 1e-5);
        }

        Assert.Equal(0, Distance(Quiet(), before * 2), 1e-5);

        Tensor Quiet()
        {
            using var quiet = no_grad();
            return layer.forward(input);
        }

        void Double()
        {
            using var quiet = no_grad();
            layer.Weight.mul_(2);
        }
    }

    [Fact]
    public void A_short_job_and_a_large_model_are_left_alone()
    {
        using var small = new Counted(1000);
        using var large = new Counted(long.MaxValue / 2);
        using (PackedWeights.For(small, 10))
        using (PackedWeights.For(large, Long))
        {
            Assert.Equal((0, 0), (small.Copies, large.Copies));
        }
    }

    [Fact]
    public void A_failure_leaves_no_copy_behind()
    {
        Assert.SkipUnless(OneDnn.IsPreferred, "Packing has no gain on this machine.");
        using var whole = new Counted(10);
        using var broken = new Counted(10) { Fails = true };
        whole.register_module("after", broken);
        Assert.Throws<PlinthException>(() => PackedWeights.For(whole, Long));
        Assert.Equal(0, whole.Copies);
    }

    [Fact]
    public void Many_jobs_leave_memory_as_it_is()
    {
        using var layer = new Projection(1024, 1024);
        Jobs(20);
        var before = NativeHeap.InUse;
        Jobs(100);
        Assert.InRange(NativeHeap.InUse - before, long.MinValue, 16L << 20);    // a hundred copies are 400 MB

        void Jobs(int count)
        {
            for (var job = 0; job < count; job++)
            {
                using var packed = PackedWeights.For(layer, Long);
            }
        }
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    private sealed class Counted(long bytes) : nn.Module(nameof(Counted)), IPackable
    {
        public int Copies { get; private set; }

        public bool Fails { get; init; }

        public long PackedBytes => bytes;

        public void Pack(bool packed)
        {
            if (packed && Fails)
            {
                throw new PlinthException("No copy.");
            }

            Copies = packed ? 1 : 0;
        }
    }
}
