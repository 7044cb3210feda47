using Plinth.Core;
using Plinth.Tasks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

/// <summary>What every task of the catalog keeps.</summary>
public class TaskContract
{
    public static TheoryData<string> Cases => [.. TaskCases.All.Keys];

    [Fact]
    public void Every_task_of_the_catalog_has_a_case() =>
        Assert.Equal(TaskCatalog.Tasks.Names, TaskCases.All.Values.Select(c => c.Task).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_learns_eight_samples_by_heart(string name)
    {
        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build();
        Assert.Equal(8, samples.Count);
        var batch = task.Prepare(task.Collate(samples), new(1));
        var losses = TinyModels.Fit(task, batch, TaskCases.All[name].Steps);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses[^1] < 0.3 * losses[0], $"{losses[0]} to {losses[^1]}");
        var scores = task.Score(samples, task.Answer(samples));
        Assert.True(scores[0].Value >= TaskCases.All[name].Wanted, string.Join(", ", scores));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answers_come_in_the_order_asked_whatever_shares_the_batch(string name)
    {
        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build();
        task.train();
        var together = task.Answer(samples);
        var backwards = task.Answer([.. samples.Reverse()]).Reverse().ToList();
        var alone = samples.Select(sample => task.Answer([sample])[0]).ToList();
        Assert.Equal(samples.Count, together.Count);
        for (var i = 0; i < samples.Count; i++)
        {
            AssertSame(together[i], backwards[i]);
            AssertSame(together[i], alone[i]);
        }

        Assert.True(task.Model.training, "Answering left the model in evaluation mode.");
        Assert.Empty(task.Answer([]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answers_need_no_labels(string name)
    {
        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build();
        Sample[] bare = [.. samples.Select(s => s with { Label = null, LabelSet = null, Value = null })
            .Select(s => s is TextSample text ? text with { Tags = null, Spans = null } : s is ImageSample image ? (Sample)(image with { Boxes = null }) : s)];
        Assert.All(task.Answer(bare).Zip(task.Answer(samples)), pair => AssertSame(pair.First, pair.Second));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_batch_falls_into_parts_with_the_same_sums(string name)
    {
        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build();
        task.eval();
        var whole = task.Prepare(task.Collate(samples), new(1));
        var count = task.PartCount(whole);
        Assert.Equal(TaskCases.All[name].UsesBatchAsNegatives, count == 1);
        var cut = (count + 2) / 3;
        Batch[] parts = count == 1 ? [task.Part(whole, 0, 1)] : [task.Part(whole, 0, cut), task.Part(whole, cut, count - cut)];
        var sums = task.Compute(whole);
        for (var term = 0; term < sums.Count; term++)
        {
            Assert.Equal(task.CountTargets(whole)[term], parts.Sum(part => task.CountTargets(part)[term]));
            var sum = sums[term].Sum.ToDouble();
            Assert.Equal(sum, parts.Sum(part => task.Compute(part)[term].Sum.ToDouble()), 1e-4 * Math.Max(1, Math.Abs(sum)));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sums_and_counts_do_not_depend_on_the_split(string name)
    {
        if (TaskCases.All[name].UsesBatchAsNegatives)
        {
            Assert.Skip("The other samples of the batch are part of this loss.");
        }

        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build();
        task.eval();
        var whole = task.Collate(samples);
        Batch[] parts = [task.Collate([.. samples.Take(3)]), task.Collate([.. samples.Skip(3)])];
        Assert.Equal(task.CountTargets(whole)[0], parts.Sum(p => task.CountTargets(p)[0]));
        var sum = task.Compute(whole)[0].Sum.ToDouble();
        Assert.Equal(sum, parts.Sum(p => task.Compute(p)[0].Sum.ToDouble()), Math.Max(1e-3, 1e-6 * sum));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_frozen_backbone_does_not_learn(string name)
    {
        if (!TaskCases.All[name].HeadHasWeights)
        {
            Assert.Throws<PlinthException>(() => TaskCases.All[name].Build(true));
            return;
        }

        using var scope = NewDisposeScope();
        var (task, samples) = TaskCases.All[name].Build(true);
        var batch = task.Prepare(task.Collate(samples), new(1));
        var before = task.Model.Backbone.parameters().Select(p => p.detach().clone()).ToList();
        var losses = TinyModels.Fit(task, batch, 20);
        Assert.True(losses[^1] < losses[0]);
        Assert.All(task.Model.Backbone.parameters().Zip(before), pair => Assert.True(pair.First.detach().Equals(pair.Second)));
    }

    [Fact]
    public void A_model_with_another_head_is_refused() =>
        Assert.Throws<PlinthException>(() => new TextClassification(TinyModels.For(HeadKind.TokenClassification, 50), WordTokenizer.OfWords(10)));

    private static void AssertSame(Answer expected, Answer actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        switch (expected, actual)
        {
            case (ClassScores a, ClassScores b):
                AssertClose(a.Scores, b.Scores);
                break;
            case (WordTags a, WordTags b):
                Assert.Equal(a.Tags, b.Tags);
                AssertClose(a.Scores, b.Scores);
                break;
            case (SpanAnswer a, SpanAnswer b):
                Assert.Equal(a.Span, b.Span);
                Assert.Equal(a.Score, b.Score, 1e-4);
                break;
            case (VectorAnswer a, VectorAnswer b):
                AssertClose([.. a.Vector.Select(v => (double)v)], [.. b.Vector.Select(v => (double)v)]);
                break;
            case (BoxAnswer a, BoxAnswer b):
                Assert.Equal(a.Boxes.Count, b.Boxes.Count);
                Assert.All(a.Boxes.Zip(b.Boxes), pair =>
                {
                    Assert.Equal(pair.First.Label, pair.Second.Label);
                    AssertClose([pair.First.Score, pair.First.Left, pair.First.Top, pair.First.Width, pair.First.Height], [pair.Second.Score, pair.Second.Left, pair.Second.Top, pair.Second.Width, pair.Second.Height]);
                });
                break;
            case (TextAnswers a, TextAnswers b):
                Assert.Equal(a.Texts, b.Texts);
                break;
            case (TextAnswer a, TextAnswer b):
                Assert.Equal(a.Text, b.Text);
                break;
            case (AnswerLikelihood a, AnswerLikelihood b):
                Assert.Equal(a.TokenCount, b.TokenCount);
                Assert.Equal(a.LogProbability, b.LogProbability, 1e-3);
                break;
            default:
                Assert.Fail($"The contract does not know how to compare {expected.GetType().Name}.");
                break;
        }
    }

    private static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }
}
