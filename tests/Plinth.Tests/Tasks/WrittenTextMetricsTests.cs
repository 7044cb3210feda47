using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks;

public class WrittenTextMetricsTests
{
    [Fact]
    public void Bleu_splits_marks_from_words_but_not_numbers() =>
        Assert.Equal(["It", "cost", "$", "3.50", ",", "not", "1,000", "-", "2", "\"", "or", "\"", "&", "so", "well-known", "."],
            Bleu.Tokens("It cost $3.50, not 1,000-2 &quot;or&quot; &amp; so well-known."));

    [Fact]
    public void Bleu_by_hand()
    {
        // Against "a b c x d e": words 5 of 5, pairs ab bc xd 3 of 4, triples abc 1 of 3, fours none of 2 (half a match: 100 / (2 * 2)).
        var expected = Math.Exp(1 - (6.0 / 5)) * Math.Pow(100 * 75 * (100 / 3.0) * 25, 0.25);
        Assert.Equal(expected, Bleu.Of(["x d a b c"], ["a b c x d e"]), 9);
        Assert.Equal(100, Bleu.Of(["a b c d", "e f g h i"], ["a b c d", "e f g h i"]), 9);
        Assert.Equal(0, Bleu.Of(["a b c d"], ["e f g h"]));
    }

    [Fact]
    public void Bleu_counts_the_corpus_not_the_sentences()
    {
        // Words 6 of 8, pairs 4 of 6, triples 2 of 4, fours 1 of 2.
        var expected = Math.Pow(75 * (400 / 6.0) * 50 * 50, 0.25);
        Assert.Equal(expected, Bleu.Of(["a b c d", "x y p q"], ["a b c d", "x y u v"]), 9);
    }

    [Fact]
    public void Chrf_by_hand()
    {
        // "abc" against "abd": one character, 2 of 3 and 2 of 3; two, 1 of 2; three, 0 of 1; longer ones nowhere.
        Assert.Equal(100 * ((2 / 3.0) + 0.5 + 0) / 3, ChrF.Of(["abc"], ["a bd"]), 9);
        // "ab" against "abcd": precision 1 and 1, recall 2/4 and 1/3; longer pieces are in the reference alone.
        var (precision, recall) = (1.0, (0.5 + (1 / 3.0)) / 2);
        Assert.Equal(100 * 5 * precision * recall / ((4 * precision) + recall), ChrF.Of(["ab"], ["abcd"]), 9);
        Assert.Equal(100, ChrF.Of(["wie geht es dir 😀"], ["wie geht es dir 😀"]), 9);
        Assert.Equal(0, ChrF.Of(["abc"], ["xyz"]));
    }

    // Figures of sacreBLEU's own tests (version 2), on sentences of theirs.
    [Fact]
    public void Bleu_is_that_of_the_reference()
    {
        string[] written = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
        string[][] references =
        [
            ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."], ["The man bit him first.", "The man had bitten the dog."],
        ];
        Assert.Equal(48.530827, Bleu.Of(written, references), 5e-7);
        Assert.Equal(0, Bleu.Of(["", "", ""], references));
        Assert.Throws<ArgumentException>(() => Bleu.Of(written, [["a"], [], ["b"]]));
    }

    // Those cases of its tests in which its two ways to average, over scores or over precision and recall, agree; the default is the second.
    [Theory]
    [InlineData("abcdefg", "hijklmnop", 3, 0)]
    [InlineData("", "reference", 3, 0)]
    [InlineData("aa", "ab", 3, 25)]
    [InlineData("a", "a", 3, 100)]
    [InlineData("a b c", "abc", 3, 100)]
    [InlineData(" risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .",
        "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .", 3, 63.361730)]
    [InlineData(" Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ",
        "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.", 3, 64.1302698)]
    public void Chrf_is_that_of_the_reference(string written, string reference, double beta, double expected) =>
        Assert.Equal(expected, ChrF.Of([written], [reference], beta), 5e-7);

    [Fact]
    public void Chrf_counts_the_corpus_and_takes_the_nearest_reference()
    {
        Assert.Equal(50, ChrF.Of(["a", "b"], ["a", "c"], 3), 1e-9);
        Assert.Equal(ChrF.Of(["abcd", "xy"], ["abce", "xyz"]), ChrF.Of(["abcd", "xy"], [["q", "abce"], ["xyz", "k"]]), 1e-9);
    }
}
