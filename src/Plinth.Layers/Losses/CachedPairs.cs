using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>Pictures and texts in the common space.</summary>
/// <param name="Images"><c>[batch, common]</c>.</param>
/// <param name="Texts"><c>[batch, common]</c>.</param>
internal sealed record PairVectors(Tensor Images, Tensor Texts);

/// <summary>The vectors of a batch whose parts are computed twice: once for the loss, once for the gradients (Gao et al. 2021, arXiv:2101.06983).</summary>
internal sealed class CachedPairs
{
    private readonly Model model;
    private readonly IPairHead head;
    private readonly TextBatch[] parts;
    private readonly long seed;

    private CachedPairs(Model model, IPairHead head, TextBatch[] parts, long seed)
    {
        (this.model, this.head, this.parts, this.seed) = (model, head, parts, seed);
        Vectors = Forward();
    }

    /// <summary>The vectors of the whole batch; they receive gradients, but hand none on.</summary>
    public PairVectors Vectors { get; }

    /// <summary>Computes the vectors of a batch part by part.</summary>
    /// <param name="model">The model.</param>
    /// <param name="head">Its head.</param>
    /// <param name="batch">Texts with their pictures.</param>
    /// <param name="size">Pairs of a part.</param>
    public static CachedPairs Of(Model model, IPairHead head, TextBatch batch, int size)
    {
        // Drawn from the run's randomness, so that dropout repeats itself in the second pass and differs between batches.
        using var drawn = randint(0, int.MaxValue, [1], ScalarType.Int64);
        return new(model, head, [.. Enumerable.Range(0, (batch.Count + size - 1) / size).Select(part => Rows(batch, part * size, Math.Min(size, batch.Count - (part * size))))], drawn.ToInt64());
    }

    /// <summary>Takes the gradients of the vectors on to the weights, part by part.</summary>
    public void Backward()
    {
        var (images, texts) = (Vectors.Images.grad!, Vectors.Texts.grad!);
        long row = 0;
        for (var part = 0; part < parts.Length; part++)
        {
            using var scope = NewDisposeScope();
            var vectors = Forward(part);
            var count = parts[part].Count;
            var sum = (vectors.Images * images.narrow(0, row, count)).sum() + (vectors.Texts * texts.narrow(0, row, count)).sum();
            BackwardPass.Run(() => sum.backward());
            row += count;
        }
    }

    private PairVectors Forward()
    {
        List<PairVectors> made = [];
        using (no_grad())
        {
            for (var part = 0; part < parts.Length; part++)
            {
                using var scope = NewDisposeScope();
                var vectors = Forward(part);
                made.Add(new(vectors.Images.MoveToOuterDisposeScope(), vectors.Texts.MoveToOuterDisposeScope()));
            }
        }

        var (images, texts) = (cat([.. made.Select(vectors => vectors.Images)]), cat([.. made.Select(vectors => vectors.Texts)]));
        if (is_grad_enabled())
        {
            images.requires_grad = true;
            texts.requires_grad = true;
        }

        return new(images, texts);
    }

    private PairVectors Forward(int part)
    {
        using var generator = manual_seed(unchecked(seed + part));
        var features = model.Backbone.Run(parts[part]);
        return new(head.ImageVectors(features.Pictures!, model.Backbone), head.TextVectors(features, model.Backbone));
    }

    private static TextBatch Rows(TextBatch batch, long start, long count) => batch with
    {
        InputIds = batch.InputIds.narrow(0, start, count),
        AttentionMask = batch.AttentionMask?.narrow(0, start, count),
        TokenTypeIds = batch.TokenTypeIds?.narrow(0, start, count),
        PositionIds = batch.PositionIds?.narrow(0, start, count),
        Images = batch.Images! with { PixelValues = batch.Images.PixelValues.narrow(0, start, count) },
    };
}
