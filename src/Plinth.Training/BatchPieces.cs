using Plinth.Core;

namespace Plinth.Training;

/// <summary>Some parts of a batch, as <see cref="Objective.Part"/> counts them.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many.</param>
internal readonly record struct PartRange(int First, int Count);

/// <summary>Cuts batches for a memory that they do not fit as a whole.</summary>
internal static class BatchPieces
{
    /// <summary>In how many pieces a batch is computed that was halved so often.</summary>
    public static int CountOf(int halvings) => 1 << halvings;

    /// <summary>The pieces of a batch, of equal size but for the last one; a batch of fewer parts has fewer pieces.</summary>
    /// <param name="objective">Knows the parts.</param>
    /// <param name="batch">A prepared batch.</param>
    /// <param name="pieces">How many are wanted, from 1.</param>
    public static IEnumerable<PartRange> Of(Objective objective, Batch batch, int pieces)
    {
        if (pieces == 1)
        {
            return [default];
        }

        var parts = objective.PartCount(batch);
        var size = (parts + pieces - 1) / pieces;
        return Enumerable.Range(0, (parts + size - 1) / size).Select(piece => new PartRange(piece * size, Math.Min(size, parts - (piece * size))));
    }

    /// <summary>The seed of a piece; that of the first is the batch's own, so that a batch in one piece draws as it always did.</summary>
    public static long SeedOf(long seed, long batch, int piece) => piece == 0 ? StableSeed.Of(seed, batch) : StableSeed.Of(StableSeed.Of(seed, batch), piece);
}
