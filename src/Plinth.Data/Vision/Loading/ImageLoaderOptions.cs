namespace Plinth.Data.Vision;

/// <summary>How batches of pictures are made.</summary>
public sealed record ImageLoaderOptions
{
    /// <summary>Pictures in a batch; the last one of an epoch may have fewer.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Chooses the orders.</summary>
    public ulong Seed { get; init; }

    /// <summary>False keeps the samples in their order.</summary>
    public bool IsShuffled { get; init; } = true;

    /// <summary>Random changes, before the processor; null for none.</summary>
    public Augmentations? Augmentations { get; init; }

    /// <summary>Differently changed copies of each picture, one after the other: picture 0 view 0, picture 0 view 1, picture 1 view 0.</summary>
    public int ViewCount { get; init; } = 1;

    /// <summary>Batches that are made ahead on a thread of its own; 0 makes each when it is asked for, on the caller's thread.</summary>
    public int Prefetch { get; init; } = 2;

    /// <summary>
    /// Bytes that may be allocated between two requests before garbage is collected, with <see cref="Prefetch"/> above 0. Enough for
    /// the decoded pictures of a batch is right; that much memory is set aside.
    /// </summary>
    public long PausedBytes { get; init; } = 192 << 20;

    /// <summary>Told about each picture that cannot be decoded; the next one of the set takes its place. Null makes it an error.</summary>
    public Action<BadImageException>? BadPicture { get; init; }
}
