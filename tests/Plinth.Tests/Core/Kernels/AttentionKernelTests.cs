using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class AttentionKernelTests
{
    // On both sides of a register, of a block of queries and of a block of keys; heads that registers divide and that they do not.
    [Theory]
    [InlineData(1, 1, 1, 2, 2, 4, true, false)]
    [InlineData(2, 3, 3, 5, 5, 20, true, false)]
    [InlineData(2, 3, 1, 17, 17, 16, true, true)]
    [InlineData(1, 4, 2, 64, 64, 64, true, false)]
    [InlineData(2, 2, 2, 65, 65, 33, true, true)]
    [InlineData(1, 6, 3, 130, 130, 64, true, false)]
    [InlineData(2, 2, 2, 12, 12, 32, false, true)]
    [InlineData(2, 4, 2, 7, 100, 24, false, true)]
    [InlineData(1, 2, 2, 100, 7, 80, false, false)]
    [InlineData(1, 1, 1, 150, 200, 128, false, true)]
    public void Equals_attention_in_double(long batch, long heads, long keyHeads, long queries, long keys, long size, bool isCausal, bool isMasked)
    {
        Assert.SkipUnless(AttentionKernel.IsAvailable, "This processor has no AVX-512, or this libtorch no micro kernels.");
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        Tensor q = randn(batch, heads, queries, size), k = randn(batch, keyHeads, keys, size), v = randn(batch, keyHeads, keys, size);
        var bias = isMasked ? Mask(batch, keys) : null;
        var gradient = randn(batch, heads, queries, size);
        foreach (var (type, tolerance) in new[] { (ScalarType.Float32, 5e-6), (ScalarType.BFloat16, 1.2e-2) })
        {
            Tensor[] inputs = [q.to(type), k.to(type), v.to(type)];
            Assert.True(size % 2 == 0 || AttentionKernel.Suits(inputs[0], keys) == (type == ScalarType.Float32));
            if (!AttentionKernel.Suits(inputs[0], keys))
            {
                continue;
            }

            var passed = gradient.to(type);
            var exact = Exact(inputs, bias, passed, isCausal);
            var kernelInputs = new AttentionKernel.Inputs(inputs[0], inputs[1], inputs[2], bias, 1 / Math.Sqrt(size), isCausal);
            var (mixed, sums) = AttentionKernel.Forward(kernelInputs);
            var (byQueries, byKeys, byValues) = AttentionKernel.Backward(kernelInputs, mixed, sums, passed);
            foreach (var (expected, found) in exact.Zip([mixed, byQueries, byKeys, byValues]))
            {
                Assert.Equal(expected.shape, found.shape);
                var scale = Math.Max(1, expected.abs().max().ToDouble());
                Assert.InRange((expected - found).abs().max().ToDouble(), 0, tolerance * scale);
            }
        }
    }

    [Fact]
    public void Reads_heads_where_they_lie()
    {
        Assert.SkipUnless(AttentionKernel.IsAvailable, "This processor has no AVX-512, or this libtorch no micro kernels.");
        using var scope = NewDisposeScope();
        var together = randn([2, 40, 3, 4, 16]);
        Tensor Heads(int part) => together.select(2, part).transpose(1, 2);
        var found = AttentionKernel.Forward(new(Heads(0), Heads(1), Heads(2), null, 0.25, true)).Mixed;
        var expected = AttentionKernel.Forward(new(Heads(0).contiguous(), Heads(1).contiguous(), Heads(2).contiguous(), null, 0.25, true)).Mixed;
        Assert.True(found.Equals(expected));
        Assert.True(found.transpose(1, 2).is_contiguous());
    }

    [Fact]
    public void Does_not_depend_on_the_number_of_threads()
    {
        Assert.SkipUnless(AttentionKernel.IsAvailable, "This processor has no AVX-512, or this libtorch no micro kernels.");
        using var scope = NewDisposeScope();
        Tensor q = randn(3, 4, 90, 32), k = randn(3, 2, 90, 32), v = randn(3, 2, 90, 32), gradient = randn(3, 4, 90, 32);
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var one = All();
            set_num_threads(3);
            Assert.All(one.Zip(All()), pair => Assert.True(pair.First.Equals(pair.Second)));
        }
        finally
        {
            set_num_threads(threads);
        }

        Tensor[] All()
        {
            var inputs = new AttentionKernel.Inputs(q, k, v, null, 0.2, true);
            var (mixed, sums) = AttentionKernel.Forward(inputs);
            var (byQueries, byKeys, byValues) = AttentionKernel.Backward(inputs, mixed, sums, gradient);
            return [mixed, byQueries, byKeys, byValues];
        }
    }

    // A batch may hold an empty text: nothing of its row is used, but it must be numbers.
    [Fact]
    public void A_row_whose_keys_are_all_hidden_stays_finite()
    {
        Assert.SkipUnless(AttentionKernel.IsAvailable, "This processor has no AVX-512, or this libtorch no micro kernels.");
        using var scope = NewDisposeScope();
        Tensor q = randn(1, 1, 20, 16), bias = full([1, 20], -1e30);
        var inputs = new AttentionKernel.Inputs(q, q, q, bias, 0.25, false);
        var (mixed, sums) = AttentionKernel.Forward(inputs);
        var (byQueries, byKeys, byValues) = AttentionKernel.Backward(inputs, mixed, sums, ones_like(q));
        Assert.All([mixed, byQueries, byKeys, byValues], tensor => Assert.True(tensor.isfinite().all().ToBoolean()));
        Assert.True((byValues - 1).abs().max().ToDouble() < 1e-5);   // each of 20 queries gives a twentieth
    }

    private static Tensor Mask(long batch, long keys)
    {
        var bias = zeros(batch, keys);
        for (var row = 0L; row < batch; row++)
        {
            bias[row].narrow(0, keys - (keys / (row + 3)), keys / (row + 3)).fill_(-1e30);
        }

        return bias;
    }

    private static Tensor[] Exact(Tensor[] inputs, Tensor? bias, Tensor gradient, bool isCausal)
    {
        Tensor[] exact = [.. inputs.Select(input => input.to(ScalarType.Float64).requires_grad_())];
        var (q, k, v) = (exact[0], exact[1], exact[2]);
        var groups = q.size(1) / k.size(1);
        var scores = q.matmul(k.repeat_interleave(groups, 1).transpose(-1, -2)) / Math.Sqrt(q.size(3));
        scores = bias is null ? scores : scores + bias.unsqueeze(1).unsqueeze(1);
        scores = isCausal ? scores.masked_fill(ones(q.size(2), k.size(2)).triu(1).to(ScalarType.Bool), double.NegativeInfinity) : scores;
        var mixed = scores.softmax(-1).matmul(v.repeat_interleave(groups, 1));
        mixed.backward([gradient.to(ScalarType.Float64)]);
        return [mixed.detach(), .. exact.Select(input => input.grad!)];
    }
}
