using Plinth.Core;
using Plinth.Data.Text.Batching;
using Plinth.Objectives;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives;

/// <summary>What every objective of the catalog keeps.</summary>
public class ObjectiveContract
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(80);

    public static TheoryData<string> Names => [.. ObjectiveCatalog.Objectives.Names];

    public static TheoryData<string> Separable => [.. ObjectiveCatalog.Objectives.Names.Where(name => !ObjectiveCatalog.Objectives[name].ComparesSamples)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Losses_are_finite_and_fall_on_a_fixed_batch(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        var losses = TinyModels.Fit(objective, objective.Prepare(RawBatch(name), new(1)), 40);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_reach_every_weight_of_the_model(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        objective.Compute(objective.Prepare(RawBatch(name), new(1))).Select(term => term.Sum).Aggregate((a, b) => a + b).backward();
        Assert.NotEmpty(objective.Model.named_parameters());
        Assert.All(objective.Model.named_parameters(), p => Assert.True(p.parameter.grad is not null, p.name));
        Assert.Equal(objective.Model.parameters().Count(), objective.parameters().Count());
    }

    [Theory]
    [MemberData(nameof(Separable))]
    public void Splitting_a_batch_changes_neither_sums_nor_counts(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        objective.eval();
        var raw = RawBatch(name);
        var whole = (TextBatch)objective.Prepare(raw, new(3));
        TextBatch[] parts = [Rows(whole, 0, 3), Rows(whole, 3, 3), Rows(whole, 6, 2)];
        var sums = objective.Compute(whole);
        for (var term = 0; term < sums.Count; term++)
        {
            Assert.Equal(objective.CountTargets(whole)[term], parts.Sum(part => objective.CountTargets(part)[term]));
            Assert.Equal(sums[term].Sum.ToDouble(), parts.Sum(part => objective.Compute(part)[term].Sum.ToDouble()), 1e-2);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_randomness_prepares_the_same_batch(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        var (a, b) = ((TextBatch)objective.Prepare(RawBatch(name), new(5)), (TextBatch)objective.Prepare(RawBatch(name), new(5)));
        Assert.True(a.InputIds.Equals(b.InputIds));
        Assert.True(a.Labels!.Equals(b.Labels!));
        Assert.Equal(DeviceType.CPU, a.Labels!.device_type);
    }

    [Fact]
    public void An_unprepared_batch_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.All(ObjectiveCatalog.Objectives.Names, name => Assert.Throws<ArgumentException>(() => Build(name).Compute(RawBatch(name) with { Labels = null })));
    }

    internal static Objective Build(string name)
    {
        var entry = ObjectiveCatalog.Objectives[name];
        var model = TinyModels.For(entry.Head, Words.VocabularySize);
        return entry.Create(model, new(Words.VocabularySize, Words.MaskId, Words.SpecialIds), null);
    }

    private static TextBatch RawBatch(string name)
    {
        var random = new Random(11);
        TextRow[] rows = [.. Enumerable.Range(0, 8).Select(i =>
        {
            var encoding = Words.Encode(Text(random, 4 + i), ObjectiveCatalog.Objectives[name].NeedsPairs ? Text(random, 5) : null);
            return new TextRow(encoding.Ids, encoding.TypeIds, encoding.StartsWord);
        })];
        return TextRow.Batch(rows, 0) with { NextSentenceLabels = tensor(new long[] { 0, 1, 1, 0, 1, 0, 0, 1 }) };
    }

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.Next(80)}"));

    // Rows of a prepared batch: its list of targets is narrowed too.
    private static TextBatch Rows(TextBatch batch, int start, int count)
    {
        var seq = batch.InputIds.size(1);
        var (positions, ids) = (batch.Labels!.select(1, 0), batch.Labels.select(1, 1));
        var inside = positions.ge(start * seq).logical_and(positions.lt((start + count) * seq));
        return batch with
        {
            InputIds = batch.InputIds.narrow(0, start, count),
            AttentionMask = batch.AttentionMask?.narrow(0, start, count),
            TokenTypeIds = batch.TokenTypeIds?.narrow(0, start, count),
            NextSentenceLabels = batch.NextSentenceLabels?.narrow(0, start, count),
            Labels = stack([positions.masked_select(inside) - start * seq, ids.masked_select(inside)], 1),
        };
    }
}
