using System.Diagnostics;
using System.Text;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>What holds for every text.</summary>
public class TokenizerPropertyTests
{
    public static TheoryData<string> Cases => TokenizerGoldenTests.Cases;

    private static PipelineTokenizer Load(string name) => TokenizerFiles.Load(Fixtures.Folder(name));

    [Fact]
    public void Byte_level_text_comes_back_as_it_was()
    {
        var tokenizer = Load("tok-bytelevel-bpe");
        foreach (var text in RandomTexts.Make(1, 500))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeIds(text), skipSpecial: false));
        }
    }

    [Fact]
    public void Byte_fallback_text_comes_back_as_it_was()
    {
        var tokenizer = Load("tok-llama-bpe");
        foreach (var text in RandomTexts.Make(2, 500).Where(text => !text.Contains('\u2581', StringComparison.Ordinal)))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeIds(text), skipSpecial: false));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_two_ways_of_encoding_agree_and_places_lie_in_the_text(string name)
    {
        var tokenizer = Load(name);
        var keepsOrder = name is not ("tok-clip-bpe" or "tok-unigram"); // normal forms may put marks into another order
        foreach (var text in RandomTexts.Make(3, 300).Concat(RandomTexts.Make(4, 100, loneSurrogates: true)))
        {
            var encoding = tokenizer.Encode(text, addSpecial: false);
            Assert.Equal(encoding.Ids, tokenizer.EncodeIds(text));
            Assert.All(encoding.Ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            var last = 0;
            foreach (var span in encoding.Spans)
            {
                Assert.True((span.Start >= last || !keepsOrder) && span.End >= span.Start && span.End <= text.Length, $"{span} in '{text}'");
                last = span.Start;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Lone_surrogates_are_replacement_characters(string name)
    {
        var tokenizer = Load(name);
        Assert.Equal(tokenizer.EncodeIds("a \uFFFD b\uFFFD"), tokenizer.EncodeIds("a \uD800 b\uDC00"));
        Assert.Equal(tokenizer.EncodeIds("\uFFFD\uFFFD"), tokenizer.EncodeIds("\uDC00\uD800"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Words_of_any_length_take_no_time(string name)
    {
        var tokenizer = Load(name);
        var watch = Stopwatch.StartNew();
        foreach (var word in new[] { new string('a', 100_000), string.Concat(Enumerable.Repeat("etaoin", 17_000)), new string(' ', 100_000), new string('é', 50_000), string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000)), string.Concat(Enumerable.Repeat("😀", 50_000)) })
        {
            var encoding = tokenizer.Encode(word);
            Assert.True(encoding.Count > 0);
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("tok-llama-bpe")]
    [InlineData("tok-bytelevel-bpe")]
    public void Cutting_and_remembering_words_changes_nothing(string name)
    {
        // The same word within a text long enough to be cut and alone, by a tokenizer that knows it and one that does not.
        var (one, other) = (Load(name), Load(name));
        foreach (var text in RandomTexts.Make(5, 60))
        {
            var long1 = string.Concat(Enumerable.Repeat(text, 12));
            var first = one.EncodeIds(long1);
            Assert.Equal(first, one.EncodeIds(long1));
            _ = other.EncodeIds(text);
            Assert.Equal(first, other.EncodeIds(long1));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Many_threads_get_the_same(string name)
    {
        var tokenizer = Load(name);
        var texts = RandomTexts.Make(6, 200).ToArray();
        var alone = texts.Select(text => Load(name)).Take(1).SelectMany(fresh => texts.Select(text => string.Join(' ', fresh.EncodeIds(text)))).ToArray();
        Parallel.For(0, 4 * texts.Length, i => Assert.Equal(alone[i % texts.Length], string.Join(' ', tokenizer.EncodeIds(texts[i % texts.Length]))));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Streamed_text_is_the_whole_text(string name)
    {
        var tokenizer = Load(name);
        foreach (var text in RandomTexts.Make(7, 200))
        {
            var ids = tokenizer.EncodeIds(text);
            var stream = new StreamingDecoder(tokenizer);
            StringBuilder streamed = new();
            foreach (var id in ids)
            {
                streamed.Append(stream.Append(id));
            }

            streamed.Append(stream.Flush());
            Assert.Equal(tokenizer.Decode(ids), streamed.ToString());
        }
    }

    [Fact]
    public void Streamed_text_has_whole_characters_only()
    {
        var tokenizer = Load("tok-bytelevel-bpe");
        var stream = new StreamingDecoder(tokenizer);
        var pieces = tokenizer.EncodeIds("a😀é").Select(stream.Append).ToArray();
        Assert.Equal("a😀é", string.Concat(pieces));
        Assert.All(pieces, piece => Assert.DoesNotContain('\uFFFD', piece));
        Assert.Equal("", stream.Append(tokenizer.EncodeIds("😀")[0]));
        Assert.Equal("\uFFFD", stream.Flush());
    }

    [Fact]
    public void Roles_are_found_by_name()
    {
        var bert = Load("tok-wordpiece-uncased");
        Assert.Equal((0, 1, 2, 3, 4), (bert.PadId!.Value, bert.UnknownId!.Value, bert.ClassId!.Value, bert.SeparatorId!.Value, bert.MaskId!.Value));
        Assert.Null(bert.BeginId);
        Assert.Equal([0, 1, 2, 3, 4], bert.SpecialIds.Order());
        var gpt = Load("tok-bytelevel-bpe");
        Assert.Equal((0, 0), (gpt.BeginId!.Value, gpt.EndId!.Value));
        Assert.Null(gpt.MaskId);
        Assert.Equal(700, gpt.VocabularySize);
    }

    [Fact]
    public void Words_begin_where_they_begin()
    {
        var encoding = Load("tok-wordpiece-uncased").Encode("Hello, world!");
        Assert.Equal([false, true, false, false, false, true, true, false, false, true, false], encoding.StartsWord);
    }
}
