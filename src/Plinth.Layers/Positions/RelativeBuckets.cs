using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Positions;

/// <summary>Form of learned biases by distance.</summary>
/// <param name="BucketCount">Rows of the table; in both directions half of them for each.</param>
/// <param name="MaximumDistance">Distances from here on share the last bucket.</param>
/// <param name="IsBidirectional">Whether later positions have buckets of their own.</param>
/// <param name="HeadCount">Columns of the table.</param>
public sealed record RelativeBucketOptions(int BucketCount, int MaximumDistance, bool IsBidirectional, int HeadCount);

/// <summary>
/// A learned bias per head and distance, shared by all blocks; near distances have a bucket each, far ones share logarithmic buckets
/// (T5: Raffel et al. 2019, arXiv:1910.10683, section 2.1).
/// </summary>
public sealed class RelativeBuckets : nn.Module
{
    private readonly TokenTable table;
    private readonly RelativeBucketOptions options;

    /// <param name="options">Its form.</param>
    public RelativeBuckets(RelativeBucketOptions options)
        : base(nameof(RelativeBuckets))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        table = new(options.BucketCount, options.HeadCount);
        RegisterComponents();
    }

    /// <summary>The biases of the last positions towards all.</summary>
    /// <param name="queryCount">Positions that look.</param>
    /// <param name="keyCount">Positions that are seen; the queries are the last of them.</param>
    /// <returns><c>[1, heads, query, key]</c>.</returns>
    public Tensor Biases(long queryCount, long keyCount)
    {
        // Many pairs have the same distance: each is put into its bucket once.
        int[] bucketOf = [.. Enumerable.Range(0, (int)(keyCount + queryCount - 1)).Select(i => Bucket(i - (keyCount - 1)))];
        var buckets = new long[queryCount * keyCount];
        for (long query = 0; query < queryCount; query++)
        {
            for (long key = 0; key < keyCount; key++)
            {
                buckets[(query * keyCount) + key] = bucketOf[key - query + queryCount - 1];
            }
        }

        return table.forward(tensor(buckets, device: table.Weight.device).view(queryCount, keyCount)).permute(2, 0, 1).unsqueeze(0);
    }

    /// <summary>The bucket of a distance.</summary>
    /// <param name="distance">Key position minus query position.</param>
    public int Bucket(long distance)
    {
        var (count, first) = (options.BucketCount, 0);
        if (options.IsBidirectional)
        {
            count /= 2;
            first = distance > 0 ? count : 0;
            distance = Math.Abs(distance);
        }
        else
        {
            distance = Math.Max(-distance, 0);
        }

        var exact = count / 2;
        if (distance < exact)
        {
            return first + (int)distance;
        }

        // In single precision, as the reference computes it: at the edges of buckets the last bit decides.
        var far = exact + (int)(MathF.Log((float)distance / exact) / (float)Math.Log((double)options.MaximumDistance / exact) * (count - exact));
        return first + Math.Min(far, count - 1);
    }
}
