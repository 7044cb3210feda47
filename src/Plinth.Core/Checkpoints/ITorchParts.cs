using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>One of the two forms in which torch.save writes: a pickle, and the blocks of elements that it speaks of.</summary>
internal interface ITorchParts : IDisposable
{
    /// <summary>What the pickle holds.</summary>
    object? Content { get; }

    /// <summary>Whether the file has that block, whole and of that size.</summary>
    bool Holds(PickledStorage storage);

    /// <summary>Fills a contiguous CPU tensor from a block.</summary>
    /// <param name="storage">The block.</param>
    /// <param name="skip">Bytes of it before the first that is wanted.</param>
    /// <param name="target">As many bytes as the tensor has are read.</param>
    void Fill(PickledStorage storage, long skip, Tensor target);
}
