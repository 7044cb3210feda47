using Plinth.Data.Text;
using Plinth.Data.Text.Preparation;

namespace Plinth.Tests.Data.Text.Preparation;

public sealed class NearDuplicateTests
{
    private const double Threshold = 0.8;

    [Fact]
    public void The_share_of_equal_numbers_estimates_the_similarity()
    {
        var hashing = new MinHash(512, 5, seed: 1);
        var random = new Random(3);
        for (var changes = 0; changes <= 20; changes += 4)
        {
            var words = Words(random, 300);
            var (first, second) = (string.Join(' ', words), string.Join(' ', Changed(words, changes, random)));
            Assert.InRange(MinHash.Similarity(hashing.Signature(first), hashing.Signature(second)) - Exact(hashing, first, second), -0.1, 0.1);
        }
    }

    [Fact]
    public void Planted_near_duplicates_are_found_and_hardly_anything_else()
    {
        var random = new Random(5);
        var hashing = new MinHash(128, 5, seed: 1);
        List<string> texts = [];
        for (var i = 0; i < 150; i++)
        {
            var words = Words(random, 120);
            texts.Add(string.Join(' ', words));
            texts.Add(string.Join(' ', Changed(words, i % 6, random)));
        }

        var work = new NearDuplicates { Threshold = Threshold }.Open();
        var (hits, misses, falseAlarms) = (0, 0, 0);
        List<string> kept = [];
        foreach (var text in texts)
        {
            var draft = new Draft(new Document(text, "test"));
            work.Examine(draft);
            work.Decide(draft);
            var nearest = kept.Select(other => Exact(hashing, text, other)).DefaultIfEmpty().Max();
            // Close to the threshold the estimate may fall on either side.
            hits += nearest >= Threshold + 0.08 && draft.Rejection is not null ? 1 : 0;
            misses += nearest >= Threshold + 0.08 && draft.Rejection is null ? 1 : 0;
            falseAlarms += nearest < Threshold - 0.12 && draft.Rejection is not null ? 1 : 0;
            if (draft.Rejection is null)
            {
                kept.Add(text);
            }
        }

        Assert.InRange(hits, 40, 150);
        Assert.InRange(misses, 0, 1);
        Assert.Equal(0, falseAlarms);
    }

    [Fact]
    public void Copies_that_differ_in_case_and_marks_are_exact_duplicates()
    {
        var work = new ExactDuplicates().Open();
        Assert.Null(Decided(work, "One, two; three.").Rejection);
        Assert.Equal("copy", Decided(work, "one two   THREE").Rejection?.Rule);
        Assert.Null(Decided(work, "one two three four").Rejection);
    }

    private static Draft Decided(StepWork work, string text)
    {
        var draft = new Draft(new Document(text, "test"));
        work.Examine(draft);
        work.Decide(draft);
        return draft;
    }

    private static string[] Words(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => $"w{random.Next(5000)}")];

    private static string[] Changed(string[] words, int changes, Random random)
    {
        string[] changed = [.. words];
        for (var i = 0; i < changes; i++)
        {
            changed[random.Next(words.Length)] = $"new{i}";
        }

        return changed;
    }

    private static double Exact(MinHash hashing, string first, string second)
    {
        var (a, b) = (hashing.Runs(first), hashing.Runs(second));
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }
}
