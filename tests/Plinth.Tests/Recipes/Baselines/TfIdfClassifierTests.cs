using Plinth.Recipes.Baselines;
using Xunit;

namespace Plinth.Tests.Recipes.Baselines;

public sealed class TfIdfClassifierTests
{
    [Theory]
    [InlineData(50, 0.4)]
    [InlineData(250, 0.85)]
    [InlineData(2000, 0.95)]
    public void It_learns_the_words_of_each_class(int count, double expected)
    {
        var test = SyntheticTexts.Make(500, 5, seed: 2);
        var classifier = TfIdfClassifier.Train(SyntheticTexts.Make(count, 5, seed: 1), 5, seed: 0);
        var accuracy = classifier.Predict([.. test.Select(text => text.Text)]).Zip(test).Average(pair => pair.First == pair.Second.Label ? 1.0 : 0);
        Assert.True(accuracy >= expected, $"accuracy {accuracy}");
    }

    [Fact]
    public void Pairs_of_words_count()
    {
        // Both classes hold the same words; only their order tells them apart.
        var texts = Enumerable.Range(0, 300).Select(i => (i % 2 == 0 ? $"red dog n{i} blue cat" : $"red cat n{i} blue dog", i % 2)).ToList();
        var classifier = TfIdfClassifier.Train(texts, 2, seed: 0);
        Assert.Equal([0, 1], classifier.Predict(["red dog and blue cat", "blue dog and red cat"]));
    }

    [Fact]
    public void Equal_seeds_give_equal_answers()
    {
        var (train, test) = (SyntheticTexts.Make(300, 4, seed: 3, telling: 1), SyntheticTexts.Make(200, 4, seed: 4, telling: 1).Select(text => text.Text).ToList());
        Assert.Equal(TfIdfClassifier.Train(train, 4, seed: 9).Predict(test), TfIdfClassifier.Train(train, 4, seed: 9).Predict(test));
    }

    [Fact]
    public void Absent_classes_are_never_answered()
    {
        var train = SyntheticTexts.Make(300, 2, seed: 1).Select(text => (text.Text, Label: text.Label == 0 ? 3 : 7)).ToList();
        var answers = TfIdfClassifier.Train(train, 10, seed: 0).Predict([.. SyntheticTexts.Make(50, 2, seed: 2).Select(text => text.Text), "", "?!", "nothing known here"]);
        Assert.Equal([3, 7], answers.Distinct().Order());
    }

    [Fact]
    public void One_class_alone_is_always_the_answer() =>
        Assert.Equal(2, TfIdfClassifier.Train([("a b", 2), ("c", 2)], 4, seed: 0).Predict("d"));

    [Fact]
    public void Texts_without_a_word_are_no_obstacle() =>
        Assert.InRange(TfIdfClassifier.Train([("", 0), ("...", 1)], 2, seed: 0).Predict("x"), 0, 1);

    [Fact]
    public void Impossible_labels_are_refused() =>
        Assert.Contains("Labels are 0 to 1, but there is 5", Assert.Throws<ArgumentException>(() => TfIdfClassifier.Train([("a", 0), ("b", 5)], 2, seed: 0)).Message, StringComparison.Ordinal);
}
