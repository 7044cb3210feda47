using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;

namespace Plinth.Recipes.Parity;

/// <summary>A tokenizer with texts, their exact ids and what decoding gives back.</summary>
internal static class TokenizerCase
{
    private const string File = "expected.json";

    public static bool Is(ParityCase parity) => System.IO.File.Exists(Path.Combine(parity.Folder, File));

    public static void Compare(ParityCase parity)
    {
        var tokenizer = TokenizerFiles.Load(parity.Folder);
        var path = Path.Combine(parity.Folder, File);
        if (Checkpoint.ReadJson(path)["cases"] is not JsonArray cases)
        {
            throw new CheckpointException($"{path}: there is no list 'cases'.");
        }

        for (var i = 0; i < cases.Count; i++)
        {
            try
            {
                Compare(parity, tokenizer, cases[i]!.AsObject(), $"cases[{i}]");
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException)
            {
                throw new CheckpointException($"{path}: cases[{i}] is malformed. {error.Message}", error);
            }
        }
    }

    private static void Compare(ParityCase parity, Tokenizer tokenizer, JsonObject wanted, string name)
    {
        // A pair of texts is written as a list of two.
        var texts = wanted["text"] as JsonArray;
        var text = (string)(texts is null ? wanted["text"] : texts[0])!;
        var pair = texts is null ? null : (string?)texts[1];
        var encoding = tokenizer.Encode(text, pair);
        void Ids(string field, IEnumerable<long> computed)
        {
            if (wanted[field] is JsonArray values)
            {
                parity.CompareExactly($"{name}.{field}", computed, values.Select(value => (long)value!));
            }
        }

        void Text(string field, Func<string> computed)
        {
            if (wanted[field] is JsonValue value)
            {
                parity.CompareExactly($"{name}.{field}", computed() == (string)value!);
            }
        }

        Ids("ids", encoding.Ids.Select(id => (long)id));
        Ids("ids_no_special", tokenizer.Encode(text, pair, addSpecial: false).Ids.Select(id => (long)id));
        Ids("type_ids", encoding.TypeIds.Select(id => (long)id));
        Ids("special_mask", encoding.IsSpecial.Select(special => special ? 1L : 0));
        if (wanted["tokens"] is JsonArray tokens)
        {
            // Some models of the reference show an unknown token as the text behind it.
            parity.CompareExactly(name + ".tokens", encoding.Ids.Count == tokens.Count && encoding.Ids.Zip(tokens).All(p =>
                tokenizer.TokenOf(p.First) == (string?)p.Second || (p.First == tokenizer.UnknownId && p.Second is not null)));
        }

        if (wanted["offsets"] is JsonArray offsets)
        {
            // Not every template tells by type which of two texts a token is from, so either may be meant.
            parity.CompareExactly(name + ".offsets", offsets.Count == encoding.Count && encoding.Spans.Zip(offsets).All(p =>
                InCodePoints(text, p.First).SequenceEqual(Numbers(p.Second)) || (pair is not null && InCodePoints(pair, p.First).SequenceEqual(Numbers(p.Second)))));
        }

        Text("decoded", () => tokenizer.Decode(encoding.Ids, skipSpecial: false));
        Text("decoded_skip_special", () => tokenizer.Decode(encoding.Ids, skipSpecial: true));
    }

    private static IEnumerable<long> Numbers(JsonNode? list) => list!.AsArray().Select(value => (long)value!);

    // The reference counts code points, .NET UTF-16 code units.
    private static long[] InCodePoints(string text, TokenSpan span)
    {
        long Count(int end) => text[..Math.Min(end, text.Length)].EnumerateRunes().Count();
        return [Count(span.Start), Count(span.End)];
    }
}
