namespace Plinth.Data.Vision;

/// <summary>
/// Mixes pictures of a batch with each other, and their classes in the same shares: mixup (Zhang et al. 2017, arXiv:1710.09412)
/// blends whole pictures, cutmix (Yun et al. 2019, arXiv:1905.04899) pastes a rectangle.
/// </summary>
public sealed record BatchMixing
{
    /// <summary>Alpha of mixup's share, from Beta(alpha, alpha); 0 never blends.</summary>
    public double MixupAlpha { get; init; } = 0.8;

    /// <summary>Alpha of cutmix's share; 0 never pastes.</summary>
    public double CutmixAlpha { get; init; } = 1;

    /// <summary>How often a batch is mixed.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>How often cutmix is taken where both are allowed.</summary>
    public double CutmixProbability { get; init; } = 0.5;

    /// <summary>Part of each class's weight that is spread over all classes, 0 to below 1.</summary>
    public double Smoothing { get; init; }

    /// <summary>Changes the values of a batch in place.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="labels">Class of each picture; <c>[batch]</c>.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="seed">Chooses everything.</param>
    /// <param name="index">Number of the batch.</param>
    /// <returns>The weight of each class, adding up to 1 for each picture; <c>[batch, class]</c>.</returns>
    public float[] Apply(PixelBatch batch, IReadOnlyList<int> labels, int classCount, ulong seed, long index)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Count, batch.Count);
        if (labels.Any(label => label < 0 || label >= classCount))
        {
            throw new ArgumentOutOfRangeException(nameof(labels), $"Classes are 0 to {classCount - 1}.");
        }

        var random = new AugmentationRandom(seed, index);
        var share = 1.0;
        if (random.Happens(Probability) && (MixupAlpha > 0 || CutmixAlpha > 0))
        {
            share = CutmixAlpha > 0 && (MixupAlpha <= 0 || random.Happens(CutmixProbability)) ? Paste(batch, random) : Blend(batch, random);
        }

        return Targets(labels, classCount, share);
    }

    // Each picture meets the one at the mirrored place of the batch, so that pairs are mixed both ways and nothing is copied.
    private double Blend(PixelBatch batch, AugmentationRandom random)
    {
        var share = random.Beta(MixupAlpha);
        for (var i = 0; i < batch.Count / 2; i++)
        {
            var one = batch.Image(i);
            var other = batch.Image(batch.Count - 1 - i);
            for (var k = 0; k < one.Length; k++)
            {
                var (a, b) = (one[k], other[k]);
                one[k] = (float)((share * a) + ((1 - share) * b));
                other[k] = (float)((share * b) + ((1 - share) * a));
            }
        }

        return share;
    }

    private double Paste(PixelBatch batch, AugmentationRandom random)
    {
        var side = Math.Sqrt(1 - random.Beta(CutmixAlpha));
        var (halfHeight, halfWidth) = ((int)(batch.Height * side) / 2, (int)(batch.Width * side) / 2);
        var (y, x) = (random.Below(batch.Height), random.Below(batch.Width));
        var (top, bottom) = (Math.Max(0, y - halfHeight), Math.Min(batch.Height, y + halfHeight));
        var (left, right) = (Math.Max(0, x - halfWidth), Math.Min(batch.Width, x + halfWidth));
        for (var i = 0; i < batch.Count / 2; i++)
        {
            var one = batch.Image(i);
            var other = batch.Image(batch.Count - 1 - i);
            for (var row = 0; row < PixelPlanes.Channels * (bottom - top); row++)
            {
                var (plane, line) = (row / (bottom - top), top + (row % (bottom - top)));
                for (var k = (((plane * batch.Height) + line) * batch.Width) + left; k < (((plane * batch.Height) + line) * batch.Width) + right; k++)
                {
                    (one[k], other[k]) = (other[k], one[k]);
                }
            }
        }

        // What was cut at the border was not pasted, so the share is the area's.
        return 1 - ((bottom - top) * (double)(right - left) / (batch.Height * (double)batch.Width));
    }

    private float[] Targets(IReadOnlyList<int> labels, int classCount, double share)
    {
        var targets = new float[labels.Count * classCount];
        targets.AsSpan().Fill((float)(Smoothing / classCount));
        for (var i = 0; i < labels.Count; i++)
        {
            targets[(i * classCount) + labels[i]] += (float)(share * (1 - Smoothing));
            targets[(i * classCount) + labels[labels.Count - 1 - i]] += (float)((1 - share) * (1 - Smoothing));
        }

        return targets;
    }
}
