using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks.Metrics;

public class SquadMetricsTests
{
    [Theory]
    [InlineData("The  Eiffel-Tower!", "eiffeltower")]
    [InlineData("An apple a day, the theatre.", "apple day theatre")]
    [InlineData("$5 + `x` ^y~", "5 x y")]
    [InlineData("«Über» ÇA\u00a0va", "«über» ça va")]
    [InlineData("the a an", "")]
    [InlineData(null, "")]
    public void Normalising_keeps_only_what_counts(string? text, string plain) => Assert.Equal(plain, SquadMetrics.Normalize(text));

    [Fact]
    public void The_best_of_several_answers_counts()
    {
        Assert.Equal(1, SquadMetrics.ExactMatch("the Denver Broncos", ["Broncos", "Denver Broncos"]));
        Assert.Equal(0, SquadMetrics.ExactMatch("Denver", ["Broncos", "Denver Broncos"]));
        // One word of one, two words expected: 2 * 1 / (1 + 2).
        Assert.Equal(2.0 / 3, SquadMetrics.F1("Denver", ["Carolina", "Denver Broncos"]), 12);
    }

    [Fact]
    public void Repeated_words_count_as_often_as_both_have_them() =>
        Assert.Equal(2.0 * 2 / (3 + 4), SquadMetrics.F1("so so so", ["so so very much"]), 12);

    [Fact]
    public void Silence_is_right_only_when_there_is_no_answer()
    {
        Assert.Equal((1.0, 1.0), (SquadMetrics.ExactMatch("", []), SquadMetrics.F1(null, [])));
        Assert.Equal((0.0, 0.0), (SquadMetrics.ExactMatch("x", []), SquadMetrics.F1("x", [])));
        Assert.Equal((0.0, 0.0), (SquadMetrics.ExactMatch("", ["x"]), SquadMetrics.F1("", ["x"])));
        Assert.Equal((1.0, 1.0), (SquadMetrics.ExactMatch("the", ["!"]), SquadMetrics.F1("the", ["!"])));
    }

    [Fact]
    public void Means_over_questions()
    {
        var scores = SquadMetrics.Of(["Denver", "x", null], [["Denver Broncos"], ["x"], []]);
        Assert.Equal(2.0 / 3, scores.ExactMatch, 12);
        Assert.Equal(((2.0 / 3) + 1 + 1) / 3, scores.F1, 12);
        Assert.True(double.IsNaN(SquadMetrics.Of([], []).F1));
    }

    [Fact]
    public void F1_is_symmetric_within_bounds_and_1_where_the_match_is_exact()
    {
        var random = new Random(6);
        string[] words = ["the", "red", "fox", "fox", "a", "ran", "!"];
        for (var trial = 0; trial < 200; trial++)
        {
            var (left, right) = (Phrase(), Phrase());
            var f1 = SquadMetrics.F1(left, [right]);
            Assert.InRange(f1, 0, 1);
            Assert.Equal(f1, SquadMetrics.F1(right, [left]), 12);
            Assert.True(SquadMetrics.ExactMatch(left, [right]) <= f1);
        }

        string Phrase() => string.Join(' ', Enumerable.Range(0, random.Next(5)).Select(_ => words[random.Next(words.Length)]));
    }
}
