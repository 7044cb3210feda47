using Plinth.Recipes.Baselines;
using Xunit;

namespace Plinth.Tests.Recipes.Baselines;

public sealed class WordTaggerTests
{
    [Theory]
    [InlineData(40)]
    [InlineData(300)]
    public void It_tags_words_never_seen_by_their_spelling_and_neighbours(int count)
    {
        var tagger = WordTagger.Train(Make(count, seed: 1), 3, seed: 0);
        var test = Make(100, seed: 2);
        var pairs = test.SelectMany(sentence => tagger.Predict(sentence.Words).Zip(sentence.Tags)).Where(pair => pair.Second > 0).ToList();
        var accuracy = pairs.Average(pair => pair.First == pair.Second ? 1.0 : 0);
        Assert.True(accuracy > 0.9, $"accuracy {accuracy}");
    }

    [Fact]
    public void Equal_seeds_give_equal_answers()
    {
        var (train, test) = (Make(120, seed: 1), Make(20, seed: 2));
        Assert.Equal(Answers(), Answers());
        List<int> Answers() => [.. test.SelectMany(sentence => WordTagger.Train(train, 3, seed: 4).Predict(sentence.Words))];
    }

    [Fact]
    public void An_empty_sentence_has_no_tags() => Assert.Empty(WordTagger.Train(Make(5, seed: 1), 3, seed: 0).Predict([]));

    [Fact]
    public void Tags_must_fit_their_words() =>
        Assert.Throws<ArgumentException>(() => WordTagger.Train([(["a", "b"], [0])], 2, seed: 0));

    /// <summary>1: a fresh name with a capital; 2: a small word after "the".</summary>
    private static List<(IReadOnlyList<string> Words, IReadOnlyList<int> Tags)> Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (words, tags) = (new List<string>(), new List<int>());
            for (var i = 0; i < 8; i++)
            {
                var fresh = string.Concat(Enumerable.Range(0, 6).Select(_ => (char)('a' + random.Next(26))));
                switch (random.Next(4))
                {
                    case 0:
                        words.Add("X" + fresh);
                        tags.Add(1);
                        break;
                    case 1:
                        words.AddRange(["the", fresh]);
                        tags.AddRange([0, 2]);
                        break;
                    default:
                        words.AddRange(["of", fresh]);
                        tags.AddRange([0, 0]);
                        break;
                }
            }
            return ((IReadOnlyList<string>)words, (IReadOnlyList<int>)tags);
        })];
    }
}
