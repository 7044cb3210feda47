using Plinth.Core;
using Plinth.Data.Text.Batching;
using Plinth.Objectives;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives;

public class MaskingTests
{
    private const int Rows = 64, Seq = 60, Vocabulary = 500;
    private static readonly TokenRoles Roles = new(Vocabulary, 4, Enumerable.Range(0, 6).ToHashSet());

    [Fact]
    public void Hidden_tokens_are_masked_random_or_kept_in_the_asked_shares()
    {
        using var scope = NewDisposeScope();
        var raw = Batch(out var rowLengths);
        var batch = (TextBatch)new MaskedLanguageModeling(Tiny(), Roles).Prepare(raw, new(1));
        var (before, after) = (raw.InputIds.data<long>().ToArray(), batch.InputIds.data<long>().ToArray());
        var (positions, truth) = Targets(batch);
        Assert.Equal(rowLengths.Sum(n => Math.Max(1, (int)Math.Round(0.15 * n, MidpointRounding.AwayFromZero))), positions.Length);
        Assert.Equal(positions.Select(p => before[p]), truth);
        Assert.All(Enumerable.Range(0, before.Length).Except(positions.Select(p => (int)p)), i => Assert.Equal(before[i], after[i]));
        Assert.All(positions, p => Assert.DoesNotContain((int)before[p], Roles.SpecialIds));
        Assert.Equal(Rows, positions.Select(p => p / Seq).Distinct().Count());

        var masked = positions.Count(p => after[p] == 4);
        var random = positions.Count(p => after[p] != 4 && after[p] != before[p]);
        AssertBinomial(masked, positions.Length, 0.8);
        AssertBinomial(random, positions.Length, 0.1 * (1 - 1.0 / (Vocabulary - 6)));
        Assert.DoesNotContain(positions, p => after[p] != 4 && Roles.SpecialIds.Contains((int)after[p]));
    }

    [Fact]
    public void Each_position_is_as_likely_as_any_other()
    {
        using var scope = NewDisposeScope();
        var objective = new MaskedLanguageModeling(Tiny(), Roles);
        var ids = tensor(Enumerable.Range(0, 20).Select(i => 10L + i).ToArray(), [1, 20]);
        var hits = new int[20];
        for (var i = 0; i < 4000; i++)
        {
            using var inner = NewDisposeScope();
            foreach (var p in Targets((TextBatch)objective.Prepare(new TextBatch { InputIds = ids }, new(i))).Positions)
            {
                hits[p]++;
            }
        }

        Assert.All(hits, n => AssertBinomial(n, 4000, 3.0 / 20));
    }

    [Fact]
    public void All_pieces_of_a_word_are_hidden_together()
    {
        using var scope = NewDisposeScope();
        var raw = Batch(out _);
        var starts = Enumerable.Range(0, Rows * Seq).Select(i => i % 3 == 0).ToArray();
        raw = raw with { WordStarts = tensor(starts, [Rows, Seq]) };
        var batch = (TextBatch)new MaskedLanguageModeling(Tiny(), Roles, new() { WholeWord = true }).Prepare(raw, new(2));
        var hidden = Targets(batch).Positions.ToHashSet();
        var before = raw.InputIds.data<long>().ToArray();
        Assert.NotEmpty(hidden);
        foreach (var p in hidden)
        {
            var start = p - p % 3;
            Assert.All(Enumerable.Range(0, 3).Select(i => start + i).Where(i => !Roles.SpecialIds.Contains((int)before[i])), i => Assert.Contains(i, hidden));
        }
    }

    [Fact]
    public void Whole_words_need_word_starts_and_hiding_needs_a_mask_token()
    {
        using var scope = NewDisposeScope();
        var objective = new MaskedLanguageModeling(Tiny(), Roles, new() { WholeWord = true });
        Assert.Throws<PlinthException>(() => objective.Prepare(Batch(out _) with { WordStarts = null }, new(1)));
        Assert.Throws<PlinthException>(() => new MaskedLanguageModeling(Tiny(), Roles with { MaskId = null }));
        Assert.Throws<RecipeException>(() => new MaskedLanguageModeling(Tiny(), Roles, new() { Probability = 0 }));
        Assert.Throws<RecipeException>(() => new MaskedLanguageModeling(Tiny(), Roles, new() { MaskShare = 0.8, RandomShare = 0.3 }));
    }

    [Fact]
    public void A_sequence_of_special_tokens_alone_has_no_targets_and_no_loss()
    {
        using var scope = NewDisposeScope();
        var objective = new MaskedLanguageModeling(Tiny(), Roles);
        var batch = objective.Prepare(new TextBatch { InputIds = tensor(new long[] { 2, 3 }, [1, 2]) }, new(1));
        Assert.Equal(0, objective.CountTargets(batch)[0]);
        var loss = objective.Compute(batch)[0].Sum;
        loss.backward();
        Assert.Equal(0, loss.ToDouble());
    }

    private static Model Tiny() => TinyModels.For(HeadKind.MaskedLanguageModeling, Vocabulary);

    private static (long[] Positions, long[] Truth) Targets(TextBatch batch) =>
        (batch.Labels!.select(1, 0).contiguous().data<long>().ToArray(), batch.Labels.select(1, 1).contiguous().data<long>().ToArray());

    // Rows of 3 to 58 ordinary tokens between special ones, padded.
    private static TextBatch Batch(out int[] lengths)
    {
        var random = new Random(4);
        lengths = [Seq - 2, .. Enumerable.Range(1, Rows - 1).Select(_ => random.Next(3, Seq - 1))];
        return TextRow.Batch([.. lengths.Select(n =>
        {
            int[] ids = [2, .. Enumerable.Range(0, n).Select(_ => random.Next(6, Vocabulary)), 3];
            return new TextRow(ids, new int[ids.Length]);
        })], 0);
    }

    // Five deviations: one false alarm in two million.
    private static void AssertBinomial(int hits, int draws, double p) =>
        Assert.InRange(hits, draws * p - 5 * Math.Sqrt(draws * p * (1 - p)), draws * p + 5 * Math.Sqrt(draws * p * (1 - p)));
}
