using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Export;

/// <summary>Receives a tensor's next elements in order.</summary>
internal delegate void FloatPiece(ReadOnlySpan<float> piece);

/// <summary>A weight that will be written: its size is known now, its numbers are read when their turn comes, so that one is in memory at a time.</summary>
/// <param name="Name">Name in the file to write.</param>
/// <param name="Shape">Sizes in the file, slowest first.</param>
/// <param name="Load">Reads it as float32 on the CPU; the caller owns it.</param>
internal sealed record PlannedTensor(string Name, IReadOnlyList<long> Shape, Func<Tensor> Load)
{
    // A multiple of every block size, so that no block is cut.
    private const long PieceElements = 1 << 22;

    /// <summary>Elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Walks over the elements in order, in pieces of whole blocks.</summary>
    public void ForEachPiece(FloatPiece action)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var flat = Load().to(ScalarType.Float32).contiguous().view(-1);
        for (var start = 0L; start < flat.numel(); start += PieceElements)
        {
            using var piece = flat.narrow(0, start, Math.Min(PieceElements, flat.numel() - start));
            action(MemoryMarshal.Cast<byte, float>(piece.bytes));
        }
    }
}
