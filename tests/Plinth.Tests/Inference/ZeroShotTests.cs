using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

public sealed class ZeroShotTests
{
    private const string Text = "the cat sat on the mat";
    private readonly WordTokenizer tokenizer = new(Text, "This example is pets . sports .", "pets. sports.");

    [Fact]
    public void ManyLabelsShareTheEntailmentProbability()
    {
        using var model = Nli("contradiction", "neutral", "entailment");
        var scores = new ZeroShotPipeline(model, tokenizer).Classify(Text, ["pets", "sports"]);
        var (a, b) = (Logits(model, "pets")[2], Logits(model, "sports")[2]);
        Assert.NotEqual(a, b);
        Assert.Equal(1 / (1 + Math.Exp(b - a)), scores.Single(score => score.Label == "pets").Score, 5);
        Assert.Equal(1, scores.Sum(score => score.Score), 6);
        Assert.True(scores[0].Score >= scores[1].Score);
    }

    [Fact]
    public void ALabelAloneIsWeighedAgainstContradiction()
    {
        using var model = Nli("ENTAILMENT", "NEUTRAL", "CONTRADICTION");
        var score = Assert.Single(new ZeroShotPipeline(model, tokenizer).Classify(Text, ["pets"]));
        var row = Logits(model, "pets");
        Assert.Equal(1 / (1 + Math.Exp(row[2] - row[0])), score.Score, 5);
    }

    [Fact]
    public void LongTextsAreCutAndImpossibleRequestsAreRefused()
    {
        using var model = Nli("not_entailment", "entailment");
        var pipeline = new ZeroShotPipeline(model, tokenizer);
        Assert.Equal(2, pipeline.Classify(string.Join(' ', Enumerable.Repeat("cat", 500)), ["pets", "sports"]).Count);
        Assert.Throws<PlinthException>(() => pipeline.Classify(Text, ["pets"]));
        Assert.Throws<PlinthException>(() => pipeline.Classify(Text, []));
        Assert.Throws<PlinthException>(() => pipeline.Classify(Text, ["pets", "sports"], "no place"));
        using var other = Nli("good", "bad");
        Assert.Throws<PlinthException>(() => new ZeroShotPipeline(other, tokenizer));
    }

    private Model Nli(params string[] labels) => TinyModels.For(HeadKind.SequenceClassification, tokenizer.VocabularySize, labels);

    private double[] Logits(Model model, string label)
    {
        var encoding = tokenizer.Encode(Text, $"This example is {label}.");
        model.eval();
        using var none = no_grad();
        var batch = new TextBatch
        {
            InputIds = tensor(encoding.Ids.Select(id => (long)id).ToArray()).unsqueeze(0),
            TokenTypeIds = tensor(encoding.TypeIds.Select(id => (long)id).ToArray()).unsqueeze(0),
        };
        return [.. model.Logits(batch).data<float>().ToArray().Select(value => (double)value)];
    }
}
