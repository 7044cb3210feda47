using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Inference;
using Plinth.Models;
using Plinth.Tasks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

public class SequenceToSequenceTests
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(12);
    private static readonly TextSample[] Samples = [new("w1 w2 w3", "w3 w2 w1"), new("w4 w5", "w5 w4"), new("w6 w7 w8 w9", "w9 w8 w7 w6")];

    [Theory]
    [InlineData("t5")]
    [InlineData("marian")]
    [InlineData("bart")]
    public void A_small_model_learns_to_write_and_answers_what_it_learnt(string family)
    {
        using var scope = NewDisposeScope();
        using var task = new SequenceToSequence("translation", Tiny(family), Words, new() { MaximumTargetLength = 12 });
        var losses = TinyModels.Fit(task, task.Collate(Samples), 60);
        Assert.True(losses[^1] < 0.1 * losses[0], $"{losses[0]} -> {losses[^1]}");
        var answers = task.Answer(Samples);
        Assert.Equal(Samples.Select(sample => sample.Pair), answers.Cast<TextAnswer>().Select(answer => answer.Text));
        Assert.Equal("bleu", task.Score(Samples, answers)[0].Key);
    }

    [Fact]
    public void The_decoder_is_given_the_labels_moved_by_one_and_padding_is_no_target()
    {
        using var scope = NewDisposeScope();
        using var task = new SequenceToSequence("translation", Tiny("t5"), Words);
        var batch = (TextBatch)task.Collate(Samples);
        Assert.Equal([3, 6], batch.DecoderInputIds!.shape);
        Assert.All(Enumerable.Range(0, 3), row => Assert.Equal(0, batch.DecoderInputIds[row, 0].ToInt64()));
        Assert.Equal(5 + 4 + 6, task.CountTargets(batch)[0]);
        Assert.Throws<BadInputException>(() => task.Collate([new TextSample("w1")]));
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("marian")]
    public void A_text_among_longer_ones_is_written_as_alone(string family)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny(family);
        int[][] sources = [[7, 8, 9, 10, 11, 12], [9, 8]];
        foreach (var beams in (int[])[1, 3])
        {
            var together = new TokenGenerator(model).Generate(sources, new() { MaxNewTokens = 6, NumBeams = beams }, TestContext.Current.CancellationToken);
            var alone = new TokenGenerator(model).Generate([sources[1]], new() { MaxNewTokens = 6, NumBeams = beams }, TestContext.Current.CancellationToken);
            Assert.Equal(alone[0].NewIds, together[1].NewIds);
        }
    }

    private static Model Tiny(string name)
    {
        var family = ModelCatalog.Families[name];
        random.manual_seed(3);
        var config = family.Shape(new(2, 32, 2, Words.VocabularySize, 32)) with { PadTokenId = 0, EosTokenId = JsonValue.Create(3), DecoderStartTokenId = 0 };
        return new(family, config, HeadKind.SequenceToSequence);
    }
}
