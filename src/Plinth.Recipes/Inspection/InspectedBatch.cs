using Plinth.Core;
using TorchSharp;

namespace Plinth.Recipes.Inspection;

/// <summary>One place of a sequence that is trained on.</summary>
/// <param name="Id">What the model is given there, or null where it is only asked.</param>
/// <param name="Target">What the model is asked for there, or null where it is not asked.</param>
/// <param name="IsPadding">Whether the place holds no text.</param>
public sealed record InspectedToken(int? Id, int? Target, bool IsPadding);

/// <summary>A sequence of a batch.</summary>
/// <param name="Source">Name of its source in a mixture, or null.</param>
/// <param name="Tokens">Its places.</param>
public sealed record InspectedSequence(string? Source, IReadOnlyList<InspectedToken> Tokens);

/// <summary>A prepared batch of texts in plain numbers: what the model is given and what it is asked for.</summary>
/// <param name="Sequences">Its sequences.</param>
public sealed record InspectedBatch(IReadOnlyList<InspectedSequence> Sequences)
{
    /// <summary>Places that are asked for.</summary>
    public int TargetCount => Sequences.Sum(sequence => sequence.Tokens.Count(token => token.Target is not null));

    /// <summary>Reads a batch that an objective has prepared.</summary>
    /// <param name="batch">The batch; its labels are positions and ids, <c>[target, 2]</c>.</param>
    /// <param name="objective">The objective; of one that predicts what comes next, targets stand where they are, not where they are predicted from.</param>
    public static InspectedBatch Of(TextBatch batch, Objective objective)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(objective);
        var isNext = objective.Model.Head is not null && objective.Model.Family.IsCausal && batch.DecoderInputIds is null;
        // What an encoder-decoder is asked for stands in what it writes.
        var given = batch.DecoderInputIds ?? batch.InputIds;
        var (rows, seq) = ((int)given.size(0), (int)given.size(1));
        var ids = given.contiguous().data<long>().ToArray();
        var mask = batch.DecoderInputIds is null ? batch.AttentionMask?.contiguous().data<long>().ToArray() : null;
        var labels = batch.Labels!.contiguous().data<long>().ToArray();
        var targets = new Dictionary<long, int>();
        for (var i = 0; i < labels.Length; i += 2)
        {
            targets[labels[i]] = (int)labels[i + 1];
        }

        return new([.. Enumerable.Range(0, rows).Select(row => new InspectedSequence(batch.SourceNames?[row], [.. Row(row)]))]);

        IEnumerable<InspectedToken> Row(int row) => Enumerable.Range(0, isNext ? seq + 1 : seq).Select(i => Place((row * seq) + i, i));

        InspectedToken Place(int at, int column)
        {
            if (!isNext)
            {
                return new((int)ids[at], Target(at), mask?[at] == 0);
            }

            // A place is given where something is predicted from it; what is predicted last is not given at all.
            int? id = column < seq && (column == 0 || Target(at) is not null) ? (int)ids[at] : null;
            var target = column == 0 ? null : Target(at - 1);
            return new(id, target, id is null && target is null);
        }

        int? Target(long at) => targets.TryGetValue(at, out var id) ? id : null;
    }
}
