using Plinth.Core;
using Plinth.Objectives;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives;

public class MaskedCropsTests
{
    private const int Cls = 1, Sep = 2, Mask = 4, Vocabulary = 200;
    private static readonly TokenRoles Roles = new(Vocabulary, Mask, Enumerable.Range(0, 6).ToHashSet());

    [Fact]
    public void Each_text_gives_two_runs_of_itself_between_its_special_tokens()
    {
        using var scope = NewDisposeScope();
        int[] lengths = [12, 5, 30];
        var options = new CroppingOptions { Probability = 1e-9, LeastShare = 0.4, GreatestShare = 0.9 };
        var crops = (TextBatch)Objective(options).Prepare(Texts(lengths), new(3));
        Assert.Equal(2 * lengths.Length, crops.Count);
        var truth = Restored(crops);
        for (var crop = 0; crop < crops.Count; crop++)
        {
            var row = crop % lengths.Length;
            Assert.Equal((Cls, Sep), ((int)truth[crop][0], (int)truth[crop][^1]));
            var inner = truth[crop][1..^1];
            Assert.InRange(inner.Length, Math.Floor(0.4 * lengths[row]), Math.Ceiling(0.9 * lengths[row]));
            // Token n of row r is 10 + 50·r + n, so a run of neighbours counts up by one.
            Assert.All(inner.Zip(inner[1..]), pair => Assert.Equal(pair.First + 1, pair.Second));
            Assert.All(inner, id => Assert.Equal(row, (int)(id - 10) / 50));
        }
    }

    [Fact]
    public void Crops_of_one_text_differ_from_batch_to_batch()
    {
        using var scope = NewDisposeScope();
        var objective = Objective(new());
        var raw = Texts([40]);
        var runs = Enumerable.Range(0, 20).Select(seed => string.Join(' ', Restored((TextBatch)objective.Prepare(raw, new(seed)))[0])).Distinct();
        Assert.True(runs.Count() > 10);
    }

    [Fact]
    public void Matching_pulls_crops_of_one_text_together()
    {
        using var scope = NewDisposeScope();
        var objective = Objective(new() { MatchingWeight = 1 });
        var batch = objective.Prepare(Texts([20, 20, 20, 20]), new(1));
        double Matching() => objective.Compute(batch)[1].Sum.ToDouble() / objective.CountTargets(batch)[1];
        var before = Matching();
        TinyModels.Fit(objective, batch, 30);
        Assert.True(Matching() < 0.3 * before, $"{before} to {Matching()}");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.8, 0.4)]
    [InlineData(0.5, 1.5)]
    public void Impossible_shares_are_refused(double least, double greatest) =>
        Assert.Throws<RecipeException>(() => Objective(new() { LeastShare = least, GreatestShare = greatest }));

    private static MaskedCrops Objective(CroppingOptions options) => new(TinyModels.For(HeadKind.MaskedLanguageModeling, Vocabulary), Roles, options);

    private static TextBatch Texts(int[] lengths)
    {
        var width = lengths.Max() + 2;
        var ids = lengths.SelectMany((length, row) => (long[])
            [Cls, .. Enumerable.Range(0, length).Select(n => 10L + (50 * row) + n), Sep, .. Enumerable.Repeat(0L, width - length - 2)]).ToArray();
        var mask = lengths.SelectMany(length => Enumerable.Range(0, width).Select(i => i < length + 2 ? 1L : 0L)).ToArray();
        return new() { InputIds = tensor(ids, [lengths.Length, width]), AttentionMask = tensor(mask, [lengths.Length, width]) };
    }

    // The crops before tokens were hidden, without padding.
    private static List<long[]> Restored(TextBatch crops)
    {
        var width = (int)crops.InputIds.size(1);
        var ids = crops.InputIds.data<long>().ToArray();
        foreach (var target in crops.Labels!.data<long>().ToArray().Chunk(2))
        {
            ids[target[0]] = target[1];
        }

        var mask = crops.AttentionMask!.data<long>().ToArray();
        return [.. Enumerable.Range(0, crops.Count).Select(row => Enumerable.Range(row * width, width).Where(i => mask[i] != 0).Select(i => ids[i]).ToArray())];
    }
}
