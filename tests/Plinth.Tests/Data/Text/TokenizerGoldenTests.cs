using System.Text.Json;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Ids, tokens, places and texts equal those of the Rust library, case for case.</summary>
public class TokenizerGoldenTests
{
    public static TheoryData<string> Cases => ["tok-bytelevel-bpe", "tok-wordpiece-uncased", "tok-clip-bpe", "tok-llama-bpe", "tok-unigram"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_is_as_the_reference_has_it(string name) => Compare(TokenizerFiles.Load(Fixtures.Folder(name)), name);

    [Theory]
    [InlineData("tok-bytelevel-bpe", "vocab.json")]
    [InlineData("tok-wordpiece-uncased", "vocab.txt")]
    public void Older_files_give_the_same(string name, string file) => Compare(TokenizerFiles.Load(Path.Combine(Fixtures.Folder(name), file)), name);

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_saved_loads_again_the_same(string name)
    {
        var folder = Directory.CreateTempSubdirectory("plinth-tokenizer").FullName;
        try
        {
            var tokenizer = TokenizerFiles.Load(Fixtures.Folder(name));
            tokenizer.Save(folder);
            var again = TokenizerFiles.Load(folder);
            Compare(again, name);
            Assert.Equal(Roles(tokenizer), Roles(again));
            Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int?[] Roles(Tokenizer tokenizer) =>
        [tokenizer.PadId, tokenizer.MaskId, tokenizer.ClassId, tokenizer.SeparatorId, tokenizer.BeginId, tokenizer.EndId, tokenizer.UnknownId];

    private static void Compare(Tokenizer tokenizer, string name)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Folder(name), "expected.json")));
        var count = 0;
        foreach (var one in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            Compare(tokenizer, one);
            count++;
        }
        Assert.Equal(30, count);
    }

    private static void Compare(Tokenizer tokenizer, JsonElement expected)
    {
        var input = expected.GetProperty("text");
        var isPair = input.ValueKind == JsonValueKind.Array;
        var text = isPair ? input[0].GetString()! : input.GetString()!;
        var pair = isPair ? input[1].GetString() : null;
        var encoding = tokenizer.Encode(text, pair);
        var ids = Numbers(expected, "ids");

        var what = $"{text} | {pair}";
        Assert.True(ids.SequenceEqual(encoding.Ids), $"{what}: ids {string.Join(' ', encoding.Ids)}, expected {string.Join(' ', ids)}");
        // Where the reference shows the text behind an unknown token, there is no such token to compare with.
        var tokens = expected.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!)
            .Select(token => tokenizer.IdOf(token) is null ? tokenizer.TokenOf(tokenizer.UnknownId!.Value) : token);
        Assert.Equal(tokens, encoding.Ids.Select(tokenizer.TokenOf));
        Assert.Equal(Numbers(expected, "type_ids"), encoding.TypeIds);
        Assert.Equal(Numbers(expected, "special_mask"), encoding.IsSpecial.Select(special => special ? 1 : 0));
        var firstCount = tokenizer.EncodeIds(text).Count;
        var spans = expected.GetProperty("offsets").EnumerateArray().Select((offset, index) => Span(offset, isPair && encoding.IsSpecial.Take(index).Count(special => !special) >= firstCount ? pair! : text)).ToList();
        Assert.True(spans.SequenceEqual(encoding.Spans), $"{what}: places {string.Join(' ', encoding.Spans)}, expected {string.Join(' ', spans)}");
        Assert.Equal(encoding.Count, encoding.StartsWord.Count);

        var bare = Numbers(expected, "ids_no_special");
        Assert.Equal(bare, tokenizer.Encode(text, pair, addSpecial: false).Ids);
        Assert.Equal(bare, pair is null ? tokenizer.EncodeIds(text) : tokenizer.EncodeIds(text).Concat(tokenizer.EncodeIds(pair)));
        var (withSpecial, types) = tokenizer.AddSpecial(tokenizer.EncodeIds(text), pair is null ? null : tokenizer.EncodeIds(pair));
        Assert.Equal(ids, withSpecial);
        Assert.Equal(encoding.TypeIds, types);
        Assert.Equal(tokenizer.SpecialCount(isPair), ids.Count - bare.Count);

        Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecial: false));
        Assert.Equal(expected.GetProperty("decoded_skip_special").GetString(), tokenizer.Decode(ids));
    }

    private static TokenSpan Span(JsonElement offset, string text) => new(Units(text, offset[0].GetInt32()), Units(text, offset[1].GetInt32()));

    /// <summary>Code units of so many code points.</summary>
    private static int Units(string text, int codePoints) => text.EnumerateRunes().Take(codePoints).Sum(rune => rune.Utf16SequenceLength);

    private static List<int> Numbers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
