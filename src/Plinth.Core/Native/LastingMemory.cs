using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// Memory for tensors that stay as long as a run and are walked over in every step: an optimizer's state, masters and weights. It lies in blocks of
/// large pages where the system gives them, apart from the heap of what comes and goes. After the passes of a step nothing is left in the processor's
/// caches of where its small pages are: 124 million weights of a GPT-2, 3.5 GB, took an AMD EPYC (Zen 5) 52 ms in small pages and 43 in large ones.
/// </summary>
/// <remarks>A block is given back when the last of its tensors is disposed. Not safe for several threads at once.</remarks>
public sealed class LastingMemory : IDisposable
{
    // A block is larger than what the heap serves, so that nothing has touched it. Only what is used of it takes memory.
    private const long BlockBytes = NativeDefaults.LargestKeptBlock + (4L << 20);

    // What is smaller is quickly walked over anywhere, and a run of a small model needs no block at all.
    private const long SmallestBytes = 256 << 10;

    private const int Alignment = 64;
    private readonly Dictionary<ScalarType, Block> blocks = [];

    /// <summary>A tensor of undefined numbers, owned by the current dispose scope.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="type">Its numbers.</param>
    /// <param name="device">Where it is; other than on the processor it is a tensor like any other.</param>
    public Tensor Empty(long[] shape, ScalarType type, Device device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(device);
        var count = shape.Aggregate(1L, (product, size) => checked(product * size));
        var size = type.ElementSize();
        if (device.type != DeviceType.CPU || count * size < SmallestBytes)
        {
            return empty(shape, dtype: type, device: device);
        }

        var room = RowMath.Pieces(count * size, Alignment) * Alignment / size;
        if (!blocks.TryGetValue(type, out var block) || block.Used + room > block.Memory.numel())
        {
            block?.Memory.Dispose();
            blocks[type] = block = new(LargePages.Empty([Math.Max(room, BlockBytes / size)], type, CPU).DetachFromDisposeScope());
        }

        using var part = block.Memory.narrow(0, block.Used, count);
        block.Used += room;
        return part.view(shape);
    }

    /// <summary>A tensor of zeros, owned by the current dispose scope.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="type">Its numbers.</param>
    /// <param name="device">Where it is.</param>
    public Tensor Zeros(long[] shape, ScalarType type, Device device)
    {
        var tensor = Empty(shape, type, device);
        tensor.zero_().Dispose();
        return tensor;
    }

    /// <summary>A copy of another tensor, owned by the current dispose scope.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="type">Numbers of the copy.</param>
    public Tensor Copy(Tensor source, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(source);
        // Those of images lie channel by channel in some models, and a convolution is to find them so.
        return source.is_contiguous() ? Empty(source.shape, type, source.device).copy_(source) : source.to(type, copy: true);
    }

    /// <summary>Lets go of what no tensor was made of; those that were made stay.</summary>
    public void Dispose()
    {
        foreach (var block in blocks.Values)
        {
            block.Memory.Dispose();
        }

        blocks.Clear();
    }

    private sealed class Block(Tensor memory)
    {
        public Tensor Memory { get; } = memory;

        public long Used { get; set; }
    }
}
