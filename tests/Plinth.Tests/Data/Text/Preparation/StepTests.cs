using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Preparation;

namespace Plinth.Tests.Data.Text.Preparation;

public sealed class StepTests
{
    private const string Prose = "The keeper of the lighthouse had a lamp that burned with oil, and he was proud to have it lit before dusk. "
        + "Ships that passed could see it from far away, and be sure of the rocks. Nobody in the village knew how old the tower was, "
        + "but they all agreed that it would stand longer than any house on the shore.";

    [Theory]
    [InlineData("cafÃ© olÃ©", "café olé")]
    [InlineData("donâ€™t", "don’t")]
    [InlineData("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет")]
    [InlineData("doubly cafÃƒÂ© spoilt", "doubly café spoilt")]
    [InlineData("“CAFÉ”", "“CAFÉ”")]
    [InlineData("A MINHA IRMÃ…", "A MINHA IRMÃ…")]
    [InlineData("Größe, naïve, señor, ÉLÉGANT", "Größe, naïve, señor, ÉLÉGANT")]
    public void Spoilt_encoding_is_mended_where_it_is_certain(string text, string expected) =>
        Assert.Equal(expected, Apply(new UnicodeRepair(), text).Text);

    [Theory]
    [InlineData("a\u0000b\u200Bc\uFEFFd\u00ADe", "abcde")]
    [InlineData("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour")]
    [InlineData("wide\u00A0and\u3000odd", "wide and odd")]
    [InlineData("a  \n\n\n\n\nb", "a\n\nb")]
    [InlineData("e\u0301", "é")]
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("\u212B", "Å")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    public void Characters_are_written_in_one_way(string text, string expected) =>
        Assert.Equal(expected, Apply(new UnicodeRepair(), text).Text);

    [Fact]
    public void Prose_passes_every_filter()
    {
        foreach (var step in new PreparationStep[] { new GopherQuality(), new GopherRepetition(), new C4Rules(), new LengthLimits() })
        {
            var draft = Apply(step, Prose);
            Assert.Null(draft.Rejection);
            Assert.Equal(Prose, draft.Text);
        }
    }

    [Theory]
    [InlineData("word_count", "Too short to be kept.")]
    [InlineData("mean_word_length", "REPEAT:a b c d e f the to of and ")]
    [InlineData("symbols_per_word", "REPEAT:#hash of the #sign ")]
    [InlineData("bullet_lines", "REPEAT:- the list of things to buy\n")]
    [InlineData("ellipsis_lines", "REPEAT:read more of the story...\n")]
    [InlineData("alphabetic_words", "REPEAT:the 12345 of 67890 54321 98765 ")]
    [InlineData("stop_words", "REPEAT:quick brown foxes jumping gladly ")]
    public void Each_rule_of_gopher_leaves_out_what_it_is_for(string rule, string text) =>
        Assert.Equal(rule, Apply(new GopherQuality(), Repeated(text)).Rejection?.Rule);

    [Fact]
    public void Stop_words_are_asked_of_their_language_alone()
    {
        var work = new GopherQuality().Open();
        var draft = new Draft(new Document(Repeated("REPEAT:quick brown foxes jumping gladly "), "test")) { Language = "de" };
        work.Examine(draft);
        Assert.Null(draft.Rejection);
    }

    [Fact]
    public void Texts_beyond_the_limits_of_length_are_left_out()
    {
        var limits = new LengthLimits { MinimumCharacters = 3, MaximumCharacters = 4 };
        Assert.Equal(["too_short", null, null, "too_long"], new[] { "ab", "abc", "abcd", "abcde" }.Select(text => Apply(limits, text).Rejection?.Rule));
    }

    [Fact]
    public void A_text_that_repeats_itself_is_left_out()
    {
        Assert.Equal("duplicate_lines", Apply(new GopherRepetition(), Repeated("REPEAT:One line again and again.\n")).Rejection?.Rule);
        Assert.Equal("top_2_words", Apply(new GopherRepetition(), Repeated("REPEAT:buy now ")).Rejection?.Rule);
        var halves = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"word{i}"));
        Assert.Equal("duplicate_5_words", Apply(new GopherRepetition(), halves + " " + halves).Rejection?.Rule);
    }

    [Fact]
    public void C4_keeps_sentences_alone()
    {
        var draft = Apply(new C4Rules(), $"Home | About | Contact\n{Prose}\nPlease enable JavaScript to see all of this page.\nIt was raining that day on the coast.[12]");
        Assert.Null(draft.Rejection);
        Assert.Equal($"{Prose}\nIt was raining that day on the coast.", draft.Text);
        Assert.Equal("curly_bracket", Apply(new C4Rules(), Prose + " {").Rejection?.Rule);
        Assert.Equal("lorem_ipsum", Apply(new C4Rules(), Prose + " Lorem ipsum dolor.").Rejection?.Rule);
        Assert.Equal("sentences", Apply(new C4Rules(), "There is only one sentence here.").Rejection?.Rule);
        Assert.Equal("refused_word", Apply(new C4Rules { RefusedWords = ["Lamp"] }, Prose).Rejection?.Rule);
    }

    [Theory]
    [InlineData("write to ann.lee+x@mail.example.org today", "write to <E_MAIL> today")]
    [InlineData("account DE89 3704 0044 0532 0130 00.", "account <IBAN>.")]
    [InlineData("account GB82 WEST 1234 5698 7654 33.", "account GB82 WEST 1234 5698 7654 33.")]
    [InlineData("pay AT61 1904 3002 3457 3201 CALL ME", "pay <IBAN> CALL ME")]
    [InlineData("DE89370400440532013000 GB82 WEST 1234 5698 7654 32 GB", "<IBAN> <IBAN> GB")]
    [InlineData("card 4111 1111 1111 1111, ok", "card <CREDIT_CARD>, ok")]
    [InlineData("host 192.168.10.254 and 2001:db8:0:0:8:800:200c:417a", "host <IP_ADDRESS> and <IP_ADDRESS>")]
    [InlineData("no address: 999.1.1.1, version 1.2.3", "no address: 999.1.1.1, version 1.2.3")]
    [InlineData("call +49 30 1234567 or 555-123-4567", "call <PHONE> or <PHONE>")]
    [InlineData("in 1984 there were 1,234,567 of 25", "in 1984 there were 1,234,567 of 25")]
    public void Personal_data_becomes_a_placeholder_and_other_numbers_stay(string text, string expected) =>
        Assert.Equal(expected, Apply(new PersonalData(), text).Text);

    [Fact]
    public void A_piece_of_an_evaluation_set_is_found_and_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("quiz.jsonl"), """{"question": "Which river is the longest one that flows through the old capital of the country?"}""" + "\n" + """{"question": "What is it?"}""" + "\n" + """{"question": "Who was the first to sail around it?"}""");
        var step = new Decontamination { Sets = new Dictionary<string, string> { ["quiz"] = folder.Path("quiz.jsonl") } };
        var hit = Apply(step, "He asked: which river is the longest one that flows through the OLD capital of the country? What is it?");
        Assert.Equal("quiz", hit.Rejection?.Rule);
        Assert.Contains("which river is the longest", hit.Rejection!.Reason, StringComparison.Ordinal);
        Assert.Equal("quiz", Apply(step, "So who was the first to sail around it? Nobody knows.").Rejection?.Rule);
        Assert.Null(Apply(step, "So who was the first to sail around?").Rejection);
        Assert.Null(Apply(step, "Which river is the longest one? What is it?").Rejection);
    }

    [Theory]
    [InlineData("a.json", """{"text": "\ud800"}""")]
    [InlineData("a.json", """{"deep": {"twice": 1, "twice": 2}}""")]
    [InlineData("a.json", "{")]
    [InlineData("a.jsonl", """{"text": "\ud800"}""")]
    [InlineData("a.jsonl", """{"deep": {"twice": 1, "twice": 2}}""")]
    public void A_broken_evaluation_set_is_refused(string name, string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path(name), content);
        var refused = Assert.Throws<BadInputException>(() => new Decontamination { Sets = new Dictionary<string, string> { ["a"] = folder.Path(name) } }.Open());
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.Throws<RecipeException>(() => new NearDuplicates { Bands = 7 }.Open());
        Assert.Throws<RecipeException>(() => new NearDuplicates { Threshold = 0 }.Open());
        Assert.Throws<RecipeException>(() => new LengthLimits { MaximumCharacters = 1 }.Open());
        Assert.Throws<RecipeException>(() => new Decontamination().Open());
        Assert.Throws<RecipeException>(() => new LanguageFilter { Keep = ["xx"] }.Open());
        Assert.Throws<BadInputException>(() => new Decontamination { Sets = new Dictionary<string, string> { ["a"] = "nowhere.jsonl" } }.Open());
    }

    private static Draft Apply(PreparationStep step, string text)
    {
        var draft = new Draft(new Document(text, "test"));
        step.Open().Examine(draft);
        return draft;
    }

    private static string Repeated(string text) => text.StartsWith("REPEAT:", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat(text[7..], 60)) : text;
}
