using Plinth.Core;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>A sequence of which some tokens are learnt, each from all before it: those of an answer.</summary>
/// <param name="Ids">All tokens.</param>
/// <param name="Targets">Places of those that are learnt, from 1.</param>
internal sealed record AnswerRow(int[] Ids, int[] Targets)
{
    /// <summary>A prompt with the answer to it.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="answer">What is learnt.</param>
    public static AnswerRow Of(ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer) => new([.. prompt, .. answer], [.. Enumerable.Range(prompt.Length, answer.Length)]);

    /// <summary>Pads rows to one length. The labels are a list of positions and the ids they have to predict; <c>[target, 2]</c>.</summary>
    public static TextBatch Batch(IReadOnlyList<AnswerRow> rows, int padId)
    {
        var batch = TextRow.Batch([.. rows.Select(row => new TextRow(row.Ids, new int[row.Ids.Length]))], padId);
        var seq = batch.InputIds.size(1);
        long[] targets = [.. rows.SelectMany((row, number) => row.Targets.SelectMany(i => (long[])[(number * seq) + i - 1, row.Ids[i]]))];
        return batch with { Labels = tensor(targets, [targets.Length / 2, 2]) };
    }

    /// <summary>How many tokens a batch teaches.</summary>
    public static long Count(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Labels!.size(0);
    }

    /// <summary>The loss of the tokens that are learnt.</summary>
    public static LossTerm Loss(Model model, Batch batch, ILossShape? shape = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new("answer", VocabularyLoss.Sum(model, model.Backbone.Run(batch).Hidden, batch.Labels!, shape: shape));
    }

    /// <summary>How probable the model finds the learnt tokens of each row.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">As <see cref="Batch"/> made it, on the model's device.</param>
    public static AnswerLikelihood[] Likelihoods(Model model, TextBatch batch)
    {
        var seq = batch.InputIds.size(1);
        var losses = VocabularyLoss.PerTarget(model, model.Backbone.Run(batch).Hidden, batch.Labels!).cpu().contiguous().data<float>().ToArray();
        var places = batch.Labels!.select(1, 0).cpu().contiguous().data<long>().ToArray();
        var (sums, counts) = (new double[batch.Count], new int[batch.Count]);
        for (var i = 0; i < losses.Length; i++)
        {
            sums[places[i] / seq] -= losses[i];
            counts[places[i] / seq]++;
        }

        return [.. sums.Zip(counts, (sum, count) => new AnswerLikelihood(sum, count))];
    }
}
