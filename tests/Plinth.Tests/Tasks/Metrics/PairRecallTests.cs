using Plinth.Tasks.Metrics;

namespace Plinth.Tests.Tasks.Metrics;

/// <summary>Texts and pictures that find each other, and what chance would do.</summary>
public sealed class PairRecallTests
{
    [Fact]
    public void Recall_counts_both_ways()
    {
        // Two pictures, the first with two texts; the third text finds the wrong picture.
        var scores = PairRecall.Of([[0.9f, 0.1f, 0.8f], [0.2f, 0.0f, 0.3f]], [0, 0, 1]).ToDictionary();
        Assert.Equal(2 / 3.0, scores["text_to_image_recall_at_1"], 9);
        Assert.Equal(1, scores["text_to_image_recall_at_5"]);
        Assert.Equal(1, scores["image_to_text_recall_at_1"]);
        Assert.Equal((2 / 3.0 + 5) / 6, scores[PairRecall.Mean], 9);
        Assert.Equal((2, 3), (scores["pictures"], scores["texts"]));
    }

    [Fact]
    public void Any_picture_that_a_text_describes_is_right()
    {
        // The text describes the first two pictures, and the second is found first.
        var scores = PairRecall.Of([[0.1f, 0.5f], [0.9f, 0.6f], [0.2f, 0.4f]], (IReadOnlyList<IReadOnlyList<int>>)[[0, 1], [2]]).ToDictionary();
        Assert.Equal(0.5, scores["text_to_image_recall_at_1"], 9);
        Assert.Equal(2, scores["text_to_image_median_rank"], 9);
        // The first picture prefers the second text, the second and the third find theirs.
        Assert.Equal(2 / 3.0, scores["image_to_text_recall_at_1"], 9);
        Assert.Throws<ArgumentException>(() => PairRecall.Of([[0.1f]], (IReadOnlyList<IReadOnlyList<int>>)[[]]));
    }

    [Fact]
    public void Chance_is_what_a_random_order_reaches()
    {
        // 20 pictures with two texts each, and no score tells anything.
        var random = new Random(1);
        int[] pictureOf = [.. Enumerable.Range(0, 40).Select(text => text / 2)];
        var sums = new Dictionary<string, double>();
        const int Tries = 200;
        for (var i = 0; i < Tries; i++)
        {
            foreach (var (name, value) in PairRecall.Of([.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 40).Select(_ => random.NextSingle()).ToArray())], pictureOf))
            {
                sums[name] = sums.GetValueOrDefault(name) + (value / Tries);
            }
        }

        foreach (var way in (string[])["text_to_image", "image_to_text"])
        {
            Assert.All((int[])[1, 5, 10], k => Assert.Equal(sums[$"{way}_chance_at_{k}"], sums[$"{way}_recall_at_{k}"], 0.02));
        }

        Assert.Equal(0.05, sums["text_to_image_chance_at_1"], 9);
        Assert.Equal(1 - (38 / 40.0 * (37 / 39.0) * (36 / 38.0) * (35 / 37.0) * (34 / 36.0)), sums["image_to_text_chance_at_5"], 9);
    }
}
