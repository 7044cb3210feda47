using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Data.Text.Batching;

/// <summary>Several batches of texts as one.</summary>
internal static class JoinedBatch
{
    /// <summary>Puts batches below each other, padded on the right to the longest.</summary>
    /// <param name="parts">At least one, made as they are asked for; all know the same of their texts.</param>
    /// <param name="padId">Id that fills.</param>
    public static TextBatch Of(IEnumerable<TextBatch> parts, int padId)
    {
        using var scope = NewDisposeScope();
        TextBatch[] batches = [.. parts];
        var seq = batches.Max(batch => batch.InputIds.size(1));
        var isPadded = batches.Any(batch => batch.AttentionMask is not null || batch.InputIds.size(1) != seq);
        return new()
        {
            InputIds = Join(batch => batch.InputIds, padId)!,
            AttentionMask = isPadded ? Join(batch => batch.AttentionMask ?? ones_like(batch.InputIds), 0) : null,
            TokenTypeIds = batches.Any(batch => batch.TokenTypeIds is not null) ? Join(batch => batch.TokenTypeIds ?? zeros_like(batch.InputIds), 0) : null,
            WordStarts = Join(batch => batch.WordStarts, 0),
            Labels = Join(batch => batch.Labels, Batch.IgnoredLabel),
            NextSentenceLabels = batches.All(batch => batch.NextSentenceLabels is not null)
                ? cat([.. batches.Select(batch => batch.NextSentenceLabels!)]).MoveToOuterDisposeScope() : null,
            TokenCount = batches.Sum(batch => batch.TokenCount),
        };

        Tensor? Join(Func<TextBatch, Tensor?> part, long fill) => batches.All(batch => part(batch) is not null)
            ? cat([.. batches.Select(batch => Padded(part(batch)!, seq, fill))]).MoveToOuterDisposeScope()
            : null;
    }

    private static Tensor Padded(Tensor rows, long seq, long fill) =>
        rows.size(1) == seq ? rows : cat([rows, full([rows.size(0), seq - rows.size(1)], fill, dtype: rows.dtype)], 1);
}
