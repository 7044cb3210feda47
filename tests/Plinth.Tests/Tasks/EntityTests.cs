using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Tasks;
using Plinth.Tests.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

public class EntityTests
{
    private static readonly string[] Bio = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

    // "Ann Lee Oslo": Ann | Lee in two tokens, the second of which says something else | Oslo in two tokens.
    private const string Text = "Ann Lee  Oslo!";

    public static TheoryData<Aggregation, string[]> Expected => new()
    {
        { Aggregation.None, ["B-PER 0.90 0 Ann", "I-PER 0.60 4 L", "B-LOC 0.80 5 ee", "B-LOC 0.50 9 Os", "I-LOC 0.70 11 lo"] },
        { Aggregation.Simple, ["PER 0.75 0 Ann L", "LOC 0.80 5 ee", "LOC 0.60 9 Oslo"] },
        { Aggregation.First, ["PER 0.75 0 Ann Lee", "LOC 0.50 9 Oslo"] },
        // "Lee": the means are 0.35 for I-PER and 0.45 for B-LOC; "Oslo": 0.30 for B-LOC, 0.45 for I-LOC.
        { Aggregation.Average, ["PER 0.90 0 Ann", "LOC 0.45 4 Lee  Oslo"] },
        { Aggregation.Max, ["PER 0.90 0 Ann", "LOC 0.75 4 Lee  Oslo"] },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Tokens_are_joined_as_the_reference_joins_them(Aggregation aggregation, string[] expected)
    {
        IReadOnlyList<TaggedToken> tokens =
        [
            Token(0, 0, 3, 0.02f, 0.9f, 0.04f, 0.02f, 0.02f),
            Token(1, 3, 5, 0.1f, 0.1f, 0.6f, 0.1f, 0.1f),
            Token(1, 5, 7, 0, 0.1f, 0.1f, 0.8f, 0),
            Token(2, 9, 11, 0.1f, 0.1f, 0.1f, 0.5f, 0.2f),
            Token(2, 11, 13, 0.1f, 0, 0.1f, 0.1f, 0.7f),
            Token(3, 13, 14, 0.96f, 0.01f, 0.01f, 0.01f, 0.01f),
        ];
        Assert.Equal(expected, Lines(new EntityGroups(Bio, aggregation).Of(Text, tokens)));
    }

    [Theory]
    [InlineData("O B-X I-X O I-X I-X B-X", "X:1-2 X:4-5 X:6-6")]
    [InlineData("I-X I-X I-Y B-Y O", "X:0-1 Y:2-2 Y:3-3")]
    [InlineData("B-X I-X E-X S-X S-X I-X", "X:0-2 X:3-3 X:4-4 X:5-5")]
    [InlineData("B-X I-X L-X U-X", "X:0-2 X:3-3")]
    [InlineData("X X O Y X", "X:0-1 Y:3-3 X:4-4")]
    [InlineData("B-X O I-X", "X:0-0 X:2-2")]
    public void Schemes_of_tags_are_understood(string tags, string expected) => Assert.Equal(expected, Grouped(tags, [.. tags.Split(' ').Append("O").Distinct()]));

    [Fact]
    public void Parts_of_speech_stay_apart() => Assert.Equal("NOUN:0-0 NOUN:1-1 VERB:2-2", Grouped("NOUN NOUN VERB", ["NOUN", "VERB"]));

    [Fact]
    public void Entities_stand_at_their_places_in_the_raw_text_whatever_shares_the_batch()
    {
        using var scope = NewDisposeScope();
        var words = new WordTokenizer([.. Enumerable.Range(0, 60).Select(i => $"w{i}"), "wonderful"]);
        var model = InferenceModels.Sharpen(TinyModels.For(HeadKind.TokenClassification, words.VocabularySize, Bio));
        var task = new TokenClassification(model, words, new TokenClassificationOptions { MaximumLength = 8, Aggregation = Aggregation.None });
        TextSample[] samples = [new(" w1\tw2  wonderful w3 w4 w5 w6 w7 w8 wonderful"), new(""), new("w9")];
        var together = task.Entities(samples);
        Assert.Equal(together.Select(a => Lines(a.Entities)), samples.Select(s => Lines(task.Entities([s])[0].Entities)));
        Assert.NotEmpty(together[0].Entities);
        Assert.Empty(together[1].Entities);
        Assert.All(together[0].Entities, entity => Assert.Equal(entity.Text, samples[0].Text[entity.Start..entity.End]));

        // Each token once, with its class: what the model says of the windows, computed apart.
        var sure = task.Entities([new("w1 w2 wonderful")])[0].Entities;
        var ids = words.Encode("w1 w2 wonderful");
        using var quiet = no_grad();
        var classes = model.Logits(new TextBatch { InputIds = tensor(ids.Ids.Select(id => (long)id).ToArray()).unsqueeze(0) })[0].softmax(-1);
        var expected = Enumerable.Range(1, ids.Count - 2).Select(i => (Tag: Bio[classes[i].argmax().ToInt64()], Score: classes[i].max().ToDouble(), ids.Spans[i].Start))
            .Where(token => token.Tag != "O").ToList();
        Assert.Equal(expected.Select(token => (token.Tag, token.Start)), sure.Select(entity => (entity.Type, entity.Start)));
        Assert.All(expected.Zip(sure), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
    }

    private static string Grouped(string tags, string[] labels)
    {
        var each = tags.Split(' ');
        var text = string.Concat(each.Select((_, i) => i % 10));
        TaggedToken[] tokens = [.. each.Select((tag, i) => Token(i, i, i + 1, [.. labels.Select(label => label == tag ? 1f : 0f)]))];
        return string.Join(' ', new EntityGroups(labels, Aggregation.First).Of(text, tokens).Select(e => $"{e.Type}:{e.Start}-{e.End - 1}"));
    }

    private static TaggedToken Token(int word, int start, int end, params float[] scores) => new(word, new TokenSpan(start, end), scores);

    private static string[] Lines(IReadOnlyList<Entity> entities) =>
        [.. entities.Select(e => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{e.Type} {e.Score:0.00} {e.Start} {e.Text}"))];
}
