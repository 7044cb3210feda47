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
}
