using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Data.Text.Batching;

/// <summary>One sequence of a batch before it is padded.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="TypeIds">Which text each token belongs to.</param>
/// <param name="WordStarts">Whether each token begins a word, or null when not known.</param>
public sealed record TextRow(IReadOnlyList<int> Ids, IReadOnlyList<int> TypeIds, IReadOnlyList<bool>? WordStarts = null)
{
    /// <summary>Pads rows to the longest on the right. What is not needed (mask, type ids) is left out.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="padId">Id that fills.</param>
    public static TextBatch Batch(IReadOnlyList<TextRow> rows, int padId)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count, nameof(rows));
        var (count, seq) = (rows.Count, Math.Max(1, rows.Max(row => row.Ids.Count)));
        var (ids, mask, types) = (new long[count * seq], new long[count * seq], new long[count * seq]);
        var starts = rows.All(row => row.WordStarts is not null) ? new bool[count * seq] : null;
        ids.AsSpan().Fill(padId);
        var tokens = 0;
        for (var r = 0; r < count; r++)
        {
            var row = rows[r];
            tokens += row.Ids.Count;
            for (int i = 0, place = r * seq; i < row.Ids.Count; i++, place++)
            {
                (ids[place], mask[place], types[place]) = (row.Ids[i], 1, row.TypeIds[i]);
                if (starts is not null)
                {
                    starts[place] = row.WordStarts![i];
                }
            }
        }

        return new()
        {
            InputIds = tensor(ids, [count, seq]),
            AttentionMask = tokens == count * seq ? null : tensor(mask, [count, seq]),
            TokenTypeIds = types.AsSpan().ContainsAnyExcept(0L) ? tensor(types, [count, seq]) : null,
            WordStarts = starts is null ? null : tensor(starts, [count, seq]),
            TokenCount = tokens,
        };
    }

    /// <summary>The id that fills short sequences of a tokenizer; where it has none, masks alone tell padding from text.</summary>
    public static int PadIdOf(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.PadId ?? tokenizer.EndId ?? 0;
    }
}
