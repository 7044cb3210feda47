using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>The bytes of contiguous CPU tensors, also beyond the 2 GB that a span can hold.</summary>
internal static unsafe class TensorMemory
{
    private const int Piece = 1 << 28;

    /// <summary>Receives or fills one piece of a tensor's memory.</summary>
    /// <param name="piece">The bytes.</param>
    /// <param name="offset">Where they begin within the tensor.</param>
    public delegate void PieceAction(Span<byte> piece, long offset);

    /// <summary>Walks over all bytes in order.</summary>
    public static void ForEachPiece(Tensor tensor, PieceAction action)
    {
        var length = tensor.numel() * tensor.element_size();
        if (length == 0)
        {
            return;
        }

        var pointer = AddressOf(tensor);
        for (var offset = 0L; offset < length; offset += Piece)
        {
            action(new Span<byte>((byte*)pointer + offset, (int)Math.Min(Piece, length - offset)), offset);
        }

        GC.KeepAlive(tensor);
    }

    /// <summary>Where the bytes begin; they stay there as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">They do not lie in one piece, or not in the processor's memory.</exception>
    public static nint AddressOf(Tensor tensor)
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous())
        {
            throw new ArgumentException("Only a contiguous CPU tensor has its bytes in one piece of memory.", nameof(tensor));
        }

        return StartOf(tensor);
    }

    /// <summary>Where the first number lies, whatever the strides; it stays there as long as the tensor lives.</summary>
    public static nint StartOf(Tensor tensor) => aoti_torch_get_data_ptr(tensor.Handle, out var pointer) == 0
        ? pointer
        : throw new PlinthException("libtorch gives no memory for a tensor; its message is on the error stream.");

#pragma warning disable SYSLIB1054, IDE1006 // The name is libtorch's; plain pointers need no generated marshalling.
    [DllImport("torch_cpu")]
    private static extern int aoti_torch_get_data_ptr(nint tensor, out nint pointer);
#pragma warning restore SYSLIB1054, IDE1006
}
