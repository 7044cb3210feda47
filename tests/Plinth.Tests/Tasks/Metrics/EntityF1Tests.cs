using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks.Metrics;

public class EntityF1Tests
{
    [Theory]
    [InlineData("O B-PER I-PER O", "PER 1-3")]
    [InlineData("B-PER B-PER", "PER 0-1,PER 1-2")]
    [InlineData("O I-LOC I-LOC", "LOC 1-3")]
    [InlineData("B-PER I-LOC", "PER 0-1,LOC 1-2")]
    [InlineData("I-PER I-PER B-PER", "PER 0-2,PER 2-3")]
    [InlineData("S-PER I-PER", "PER 0-1,PER 1-2")]
    [InlineData("B-PER E-PER I-PER", "PER 0-2,PER 2-3")]
    [InlineData("E-PER E-PER", "PER 0-1,PER 1-2")]
    [InlineData("B-LOC-CITY I-LOC-CITY", "LOC-CITY 0-2")]
    [InlineData("B I O I", " 0-2, 3-4")]
    [InlineData("O O", "")]
    public void Entities_are_read_as_the_CoNLL_script_reads_them(string tags, string entities) =>
        Assert.Equal(entities, string.Join(',', EntityF1.Entities(tags.Split(' ')).Select(e => $"{e.Type} {e.Start}-{e.End}")));

    [Fact]
    public void An_entity_counts_only_with_exact_bounds_and_type()
    {
        string[][] expected = [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]];
        string[][] predicted = [["B-PER", "I-PER", "O", "B-ORG"], ["B-ORG", "I-ORG"]];
        var scores = EntityF1.Of(predicted, expected);
        Assert.Equal(new EntityScores(1, 3, 3), scores);
        Assert.Equal(1.0 / 3, scores.F1, 12);
    }

    [Fact]
    public void Precision_and_recall_differ()
    {
        var scores = EntityF1.Of([["B-X", "O", "O", "O"]], [["B-X", "B-X", "B-X", "O"]]);
        Assert.Equal((1.0, 1.0 / 3, 0.5), (scores.Precision, scores.Recall, scores.F1));
    }

    [Fact]
    public void Writing_entities_as_tags_and_reading_them_gives_them_back()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 100; trial++)
        {
            var tags = new List<string>();
            var entities = new List<Entity>();
            while (tags.Count < 20)
            {
                var length = random.Next(1, 4);
                if (random.Next(2) == 0)
                {
                    tags.AddRange(Enumerable.Repeat("O", length));
                    continue;
                }

                var type = random.Next(2) == 0 ? "A" : "B";
                entities.Add(new(type, tags.Count, tags.Count + length));
                tags.Add("B-" + type);
                tags.AddRange(Enumerable.Repeat("I-" + type, length - 1));
            }

            Assert.Equal(entities, EntityF1.Entities(tags));
        }
    }

    [Fact]
    public void Degenerate_inputs_are_defined()
    {
        Assert.Equal(0, EntityF1.Of([["O"]], [["O"]]).F1);
        Assert.Equal(0, EntityF1.Of([], []).F1);
        Assert.Throws<ArgumentException>(() => EntityF1.Of([["O"]], [["O", "O"]]));
        Assert.Throws<ArgumentException>(() => EntityF1.Entities(["X-PER"]));
        Assert.Throws<ArgumentException>(() => EntityF1.Entities([""]));
    }
}
