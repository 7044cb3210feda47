using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>Where the rows of a tensor <c>[batch, heads, seq, head]</c> on the processor lie, whose numbers of a row are side by side.</summary>
/// <param name="Start">The first number.</param>
/// <param name="Batch">Bytes from sample to sample.</param>
/// <param name="Head">Bytes from head to head.</param>
/// <param name="Row">Bytes from position to position.</param>
internal readonly unsafe record struct HeadRows(nint Start, long Batch, long Head, long Row)
{
    /// <summary>Those of a tensor of any strides.</summary>
    public static HeadRows Of(Tensor heads)
    {
        var bytes = heads.element_size();
        return new(TensorMemory.StartOf(heads), heads.stride(0) * bytes, heads.stride(1) * bytes, heads.stride(2) * bytes);
    }

    /// <summary>Where a row begins.</summary>
    public byte* At(long batch, long head, long row) => (byte*)Start + (batch * Batch) + (head * Head) + (row * Row);
}
