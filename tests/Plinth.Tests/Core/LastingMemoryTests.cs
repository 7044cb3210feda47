using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public sealed class LastingMemoryTests
{
    // On both sides of what is worth a block, odd sizes among them.
    private static readonly long[][] shapes = [[3], [7, 11], [256, 257], [333, 1_001], [1 << 20], [100_003]];

    [Fact]
    public void Tensors_of_a_block_do_not_overlap_and_outlive_what_they_came_from()
    {
        using var scope = NewDisposeScope();
        var tensors = new List<Tensor>();
        using (var memory = new LastingMemory())
        {
            foreach (var shape in shapes)
            {
                foreach (var type in new[] { float32, bfloat16 })
                {
                    tensors.Add(memory.Empty(shape, type, CPU).fill_(tensors.Count));
                    Assert.Equal(shape, tensors[^1].shape);
                    Assert.Equal(type, tensors[^1].dtype);
                }
            }
        }

        Assert.All(tensors.Index(), entry =>
        {
            Assert.Equal(0, TensorMemory.AddressOf(entry.Item) % 64);
            Assert.True(entry.Item.eq(entry.Index).all().ToBoolean());
        });
    }

    [Fact]
    public void A_copy_has_the_numbers_and_zeros_are_zeros()
    {
        using var scope = NewDisposeScope();
        using var memory = new LastingMemory();
        foreach (var shape in shapes)
        {
            var source = arange(shape.Aggregate((a, b) => a * b), dtype: float32).remainder(251).view(shape);
            Assert.True(memory.Copy(source, bfloat16).to(float32).Equals(source));
            Assert.True(memory.Zeros(shape, float32, CPU).Equals(zeros(shape)));
        }
    }

    [Fact]
    public void A_copy_keeps_the_order_in_which_its_source_lies()
    {
        using var scope = NewDisposeScope();
        using var memory = new LastingMemory();
        var source = randn(64, 3, 64, 64).permute(0, 2, 3, 1);
        var copy = memory.Copy(source, float32);
        Assert.Equal(source.stride(), copy.stride());
        Assert.True(copy.Equals(source));
    }
}
