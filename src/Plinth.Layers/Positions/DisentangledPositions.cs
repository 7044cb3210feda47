using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Positions;

/// <summary>Form of disentangled positions.</summary>
/// <param name="HiddenSize">Width of a distance's vector.</param>
/// <param name="Span">Distances to each side that have vectors.</param>
/// <param name="MaximumDistance">Distances from here on share the last vector; only with <paramref name="HasBuckets"/>.</param>
/// <param name="HasBuckets">Whether far distances share logarithmic buckets.</param>
/// <param name="Norm">The norm of the vectors, or null.</param>
/// <param name="ContentToPosition">Whether queries meet the distances.</param>
/// <param name="PositionToContent">Whether keys meet the distances.</param>
public sealed record DisentangledOptions(
    int HiddenSize, int Span, int MaximumDistance, bool HasBuckets, NormOptions? Norm, bool ContentToPosition, bool PositionToContent)
{
    /// <summary>How many terms a score is the sum of; it is divided by the root of head size times this.</summary>
    public int TermCount => 1 + (ContentToPosition ? 1 : 0) + (PositionToContent ? 1 : 0);
}

/// <summary>
/// Distances as vectors that queries and keys meet through the block's own projections (DeBERTa: He et al. 2020, arXiv:2006.03654,
/// with the shared projections and buckets of version 2 and 3).
/// </summary>
public sealed class DisentangledPositions : nn.Module
{
    private readonly TokenTable table;
    private readonly Norm? norm;

    /// <param name="options">Its form.</param>
    public DisentangledPositions(DisentangledOptions options)
        : base(nameof(DisentangledPositions))
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        table = new(2 * options.Span, options.HiddenSize);
        norm = options.Norm is null ? null : new(options.Norm, options.HiddenSize);
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public DisentangledOptions Options { get; }

    /// <summary>The distances of one pass.</summary>
    /// <param name="length">Positions.</param>
    public DisentangledDistances Distances(long length)
    {
        // Many pairs have the same distance: each is put into its row once.
        long[] rowOf = [.. Enumerable.Range(0, (int)((2 * length) - 1)).Select(i => Math.Clamp(Options.Span + Bucket(i - (length - 1)), 0, (2 * Options.Span) - 1))];
        var rows = new long[length * length];
        for (long query = 0; query < length; query++)
        {
            for (long key = 0; key < length; key++)
            {
                rows[(query * length) + key] = rowOf[query - key + length - 1];
            }
        }

        var vectors = norm is null ? table.Weight.alias() : norm.forward(table.Weight);
        return new(vectors, tensor(rows, device: table.Weight.device).view(length, length), Options);
    }

    private long Bucket(long distance)
    {
        var middle = Options.Span / 2;
        if (!Options.HasBuckets || Math.Abs(distance) <= middle)
        {
            return distance;
        }

        var far = MathF.Ceiling(MathF.Log((float)Math.Abs(distance) / middle) / (float)Math.Log((Options.MaximumDistance - 1.0) / middle) * (middle - 1)) + middle;
        return Math.Sign(distance) * (long)far;
    }
}

/// <summary>The distances of one pass.</summary>
/// <param name="Vectors">One per distance; <c>[2·span, hidden]</c>.</param>
/// <param name="Rows">Row of the vector for the distance from key to query; int64 <c>[query, key]</c>.</param>
/// <param name="Options">Its form.</param>
public sealed record DisentangledDistances(Tensor Vectors, Tensor Rows, DisentangledOptions Options)
{
    /// <summary>What the distances add to the scores, before the division.</summary>
    /// <param name="queries"><c>[batch, heads, query, head]</c>.</param>
    /// <param name="keys"><c>[batch, heads, key, head]</c>.</param>
    /// <param name="query">The block's map to queries.</param>
    /// <param name="key">The block's map to keys.</param>
    /// <returns><c>[batch, heads, query, key]</c>.</returns>
    public Tensor Scores(Tensor queries, Tensor keys, Projection query, Projection key)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        var (batch, heads, length, head) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        Tensor Heads(Tensor flat) => flat.view(-1, heads, head).permute(1, 2, 0);                 // [heads, head, 2·span]
        Tensor Picked(Tensor scores, Tensor rows) => scores.gather(-1, rows.expand(batch, heads, length, length));
        var sum = zeros([batch, heads, length, length], queries.dtype, queries.device);
        if (Options.ContentToPosition)
        {
            sum = sum + Picked(queries.matmul(Heads(key.forward(Vectors))), Rows);
        }

        if (Options.PositionToContent)
        {
            // A row of this product is about one key, so rows and result are turned.
            sum = sum + Picked(keys.matmul(Heads(query.forward(Vectors))), Rows.t()).transpose(-1, -2);
        }

        return sum;
    }
}
