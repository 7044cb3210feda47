using Plinth.Core;
using Plinth.Tasks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

public class TextTaskTests
{
    private static readonly WordTokenizer Words = new([.. Enumerable.Range(0, 60).Select(i => $"w{i}"), "wonderful"]);

    [Fact]
    public void Texts_that_are_too_long_are_cut_the_longer_one_first()
    {
        using var scope = NewDisposeScope();
        var task = Classifier(new() { MaximumLength = 12 });
        var batch = (TextBatch)task.Collate([new TextSample(Text(0, 30), Text(30, 3)), new TextSample(Text(0, 2), Text(30, 30)), new TextSample(Text(0, 20), Text(30, 20))]);
        Assert.Equal([3, 12], batch.InputIds.shape);
        Assert.Equal(["w0 w1 w2 w3 w4 w5|w30 w31 w32", "w0 w1|w30 w31 w32 w33 w34 w35 w36", "w0 w1 w2 w3|w30 w31 w32 w33 w34"], Enumerable.Range(0, 3).Select(row =>
        {
            var ids = batch.InputIds[row].data<long>().ToArray().Select(id => (int)id).ToList();
            var types = batch.TokenTypeIds![row].data<long>().ToArray();
            return Words.Decode([.. ids.Where((_, i) => types[i] == 0)]) + "|" + Words.Decode([.. ids.Where((_, i) => types[i] == 1)]);
        }));
    }

    [Fact]
    public void Wrong_or_missing_labels_are_refused_in_words()
    {
        using var scope = NewDisposeScope();
        var task = Classifier(new());
        Assert.Contains("no class 3", Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1") { Label = 3 }])).Message, StringComparison.Ordinal);
        Assert.Contains("Sample 1", Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1") { Label = 0 }, new TextSample("w2")])).Message, StringComparison.Ordinal);
        Assert.Null(task.Collate([new TextSample("w1")]).Labels);
        Assert.Throws<RecipeException>(() => Classifier(new() { ClassWeights = [1, 2] }));
        Assert.Throws<RecipeException>(() => Classifier(new() { AnswerBatchSize = 0 }));
        Assert.Throws<PlinthException>(() => Classifier(new() { MaximumLength = 2 }).Collate([new TextSample("w1")]));
    }

    [Fact]
    public void Class_weights_and_smoothing_reach_the_loss()
    {
        using var scope = NewDisposeScope();
        Sample[] samples = [new TextSample("w1") { Label = 2 }];
        double Loss(TextClassificationOptions options)
        {
            var task = Classifier(options);
            return task.Compute(task.Collate(samples))[0].Sum.ToDouble();
        }

        Assert.Equal(3 * Loss(new()), Loss(new() { ClassWeights = [1, 1, 3] }), 1e-4);
        Assert.NotEqual(Loss(new()), Loss(new() { LabelSmoothing = 0.5 }), 1e-6);
    }

    [Fact]
    public void No_word_of_a_long_text_is_lost_and_each_is_asked_once()
    {
        using var scope = NewDisposeScope();
        var task = new TokenClassification(TinyModels.For(HeadKind.TokenClassification, Words.VocabularySize, ["O", "B-X"]), Words, new() { MaximumLength = 8 });
        string[] words = [.. Enumerable.Range(0, 30).Select(i => i % 4 == 0 ? "wonderful" : $"w{i}"), "wonderfulwonderfulwonderfulwonderful"];
        var sample = new TextSample(string.Join(' ', words)) { Words = words, Tags = [.. words.Select((_, i) => i % 2)] };
        var batch = (TextBatch)task.Collate([sample]);
        Assert.True(batch.InputIds.size(1) <= 8);
        Assert.Equal(31, task.CountTargets(batch)[0]);
        var pairs = batch.InputIds.data<long>().ToArray().Zip(batch.Labels!.data<long>().ToArray()).Where(p => p.Second >= 0).ToList();
        Assert.Equal(words.Select((word, i) => (word[..Math.Min(4, word.Length)], (long)i % 2)), pairs.Select(p => (Words.TokenOf((int)p.First)!, p.Second)));
        var answer = (WordTags)task.Answer([sample])[0];
        Assert.Equal(31, answer.Tags.Count);
        Assert.All(answer.Scores, score => Assert.InRange(score, 0.3, 1));
    }

    [Fact]
    public void Tags_must_fit_their_words()
    {
        using var scope = NewDisposeScope();
        var task = new TokenClassification(TinyModels.For(HeadKind.TokenClassification, Words.VocabularySize, ["O", "B-X"]), Words);
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1 w2") { Tags = [1] }]));
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1 w2") { Tags = [1, 2] }]));
        Assert.Empty(((WordTags)task.Answer([new TextSample("")])[0]).Tags);
    }

    [Fact]
    public void The_labels_of_a_question_stand_on_its_answer()
    {
        using var scope = NewDisposeScope();
        var task = Asker(new() { MaximumLength = 16, Overlap = 3 });
        var context = string.Join("  ", Enumerable.Range(0, 40).Select(i => $"w{i}"));
        var batch = (TextBatch)task.Collate([new TextSample("w50 w51", context) { Spans = [new(context.IndexOf("w20", StringComparison.Ordinal), "w20  w21")] }]);
        var labels = batch.Labels!;
        var hits = 0;
        for (var row = 0; row < batch.Count; row++)
        {
            var (first, last) = ((int)labels[row, 0].ToInt64(), (int)labels[row, 1].ToInt64());
            var text = Words.Decode([.. batch.InputIds[row].data<long>().ToArray()[first..(last + 1)].Select(id => (int)id)]);
            Assert.Contains(text, (string[])["", "w20 w21"]);
            hits += text.Length > 0 ? 1 : 0;
        }

        // Windows of 11 tokens move on by 8.
        Assert.Equal(5, batch.Count);
        Assert.InRange(hits, 1, 2);
        Assert.Equal(2 * batch.Count, task.CountTargets(batch)[0]);
    }

    [Fact]
    public void An_answer_is_a_piece_of_the_context_at_its_place()
    {
        using var scope = NewDisposeScope();
        var task = Asker(new() { MaximumLength = 16, Overlap = 3, MaximumAnswerLength = 4 });
        var context = "  " + Text(0, 40) + " ";
        var answer = (SpanAnswer)task.Answer([new TextSample("w50", context)])[0];
        Assert.Equal(answer.Span!.Text, context.Substring(answer.Span.Start, answer.Span.Text.Length));
        Assert.Equal(answer.Span.Text, answer.Span.Text.Trim());
        Assert.InRange(answer.Span.Text.Split(' ').Length, 1, 4);
        Assert.InRange(answer.Score, 0, 1);
        Assert.Null(((SpanAnswer)task.Answer([new TextSample("w50", "")])[0]).Span);
        Assert.Null(((SpanAnswer)Asker(new() { CanAbstain = true, AbstainMargin = -1000 }).Answer([new TextSample("w50", context)])[0]).Span);
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w50", context) { Spans = [new(3, "elsewhere")] }]));
        Assert.Throws<BadInputException>(() => task.Answer([new TextSample("w50")]));
    }

    [Fact]
    public void Each_sample_has_the_scores_of_its_own_choices()
    {
        using var scope = NewDisposeScope();
        var task = new MultipleChoice(TinyModels.For(HeadKind.MultipleChoice, Words.VocabularySize), Words);
        var answers = task.Answer([new TextSample("w1") { Choices = ["w2", "w3"] }, new TextSample("w1") { Choices = ["w4", "w5", "w6", "w7"] }]).Cast<ClassScores>().ToList();
        Assert.Equal([2, 4], answers.Select(a => a.Scores.Count));
        Assert.All(answers, a => Assert.Equal(1, a.Scores.Sum(), 1e-5));
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1") { Choices = ["w2", "w3"], Label = 2 }]));
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1")]));
    }

    [Fact]
    public void Vectors_have_unit_length_and_values_are_scored_by_rank()
    {
        using var scope = NewDisposeScope();
        var task = new SentenceEmbedding(TinyModels.For(HeadKind.None, Words.VocabularySize), Words);
        Sample[] samples = [.. Enumerable.Range(0, 4).Select(i => new TextSample(Text(i, 5), Text(2 * i, 5)) { Value = -i })];
        var answers = task.Answer(samples);
        Assert.All(answers.Cast<VectorAnswer>(), a => Assert.Equal(1, a.Vector.Sum(v => v * v), 1e-4));
        Assert.Equal(["spearman", "pearson"], task.Score(samples, answers).Select(s => s.Key));
        Assert.Throws<ArgumentException>(() => task.Score(samples, answers.Take(2).ToList()));
    }

    [Fact]
    public void Only_the_answer_is_learnt_and_a_long_prompt_loses_its_beginning()
    {
        using var scope = NewDisposeScope();
        var model = TinyModels.For(HeadKind.CausalLanguageModeling, Words.VocabularySize);
        var task = new CausalFinetuning(model, Words, new() { MaximumLength = 10 });
        TextSample sample = new(Text(0, 20), "w40 w41");
        var batch = (TextBatch)task.Collate([sample, new TextSample("w1", "w2 w3 w4")]);
        var (ids, labels) = (batch.InputIds.data<long>().ToArray(), batch.Labels!.data<long>().ToArray());
        var count = labels.Length / 2;
        Assert.Equal(7, count);
        Assert.Equal(count, task.CountTargets(batch)[0]);
        Assert.All(Enumerable.Range(0, count), i => Assert.Equal(ids[labels[2 * i] + 1], labels[2 * i + 1]));
        Assert.Equal("w14 w15 w16 w17 w18 w19 w40 w41", Words.Decode([.. ids[..10].Select(id => (int)id)]));
        Assert.Equal([Words.IdOf("w40")!.Value, Words.IdOf("w41")!.Value, 5L], labels.Where((_, i) => i % 2 == 1).Take(3));

        var logits = model.Logits(batch with { InputIds = batch.InputIds.narrow(0, 0, 1), AttentionMask = null }).log_softmax(-1);
        var expected = Enumerable.Range(0, 3).Sum(i => logits[0, labels[2 * i], labels[2 * i + 1]].ToDouble());
        var likelihood = (AnswerLikelihood)task.Answer([sample])[0];
        Assert.Equal(3, likelihood.TokenCount);
        Assert.Equal(expected, likelihood.LogProbability, 1e-3);
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1")]));
    }

    private static TextClassification Classifier(TextClassificationOptions options) =>
        new(TinyModels.For(HeadKind.SequenceClassification, Words.VocabularySize, ["a", "b", "c"]), Words, options);

    private static QuestionAnswering Asker(QuestionAnsweringOptions options) =>
        new(TinyModels.For(HeadKind.QuestionAnswering, Words.VocabularySize), Words, options);

    private static string Text(int start, int count) => string.Join(' ', Enumerable.Range(start, count).Select(i => $"w{i % 60}"));
}
