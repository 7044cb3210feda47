using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads the <c>model</c> of a tokenizer file.</summary>
internal static class ModelReader
{
    public static TokenModel Read(JsonPart part) => TypeOf(part) switch
    {
        "BPE" => ReadBpe(part.Knows("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges")),
        "WordPiece" => ReadWordPiece(part.Knows("unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")),
        "WordLevel" => ReadWordLevel(part.Knows("unk_token", "vocab")),
        "Unigram" => ReadUnigram(part.Knows("unk_id", "vocab", "byte_fallback")),
        _ => throw part.Unknown("model", "BPE", "WordPiece", "WordLevel", "Unigram"),
    };

    /// <summary>Files before version 1.0 do not name the model; its options tell.</summary>
    private static string TypeOf(JsonPart part)
    {
        if (part.OptionalText("type") is { } type)
        {
            return type;
        }

        return part.Has("merges") ? "BPE" : part.Has("unk_id") ? "Unigram" : part.Has("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
    }

    private static BpeModel ReadBpe(JsonPart part)
    {
        if (part.Has("dropout") && part.Element.GetProperty("dropout") is var dropout && (dropout.ValueKind != JsonValueKind.Number || dropout.GetDouble() != 0))
        {
            throw new BadInputException($"{part.Where}: 'dropout' would make ids random. Set it to null.");
        }

        var vocabulary = ReadVocabulary(part);
        List<(string, string)> merges = [];
        foreach (var item in part.Items("merges"))
        {
            merges.Add(ReadMerge(item, part.Where, merges.Count));
        }

        var prefix = NullIfEmpty(part.OptionalText("continuing_subword_prefix"));
        return new(vocabulary, BpeMerges.FromPairs(vocabulary, merges, prefix, part.Where), new()
        {
            UnknownId = UnknownOf(part, vocabulary),
            InnerPrefix = prefix,
            EndSuffix = NullIfEmpty(part.OptionalText("end_of_word_suffix")),
            FusesUnknown = part.Flag("fuse_unk"),
            FallsBackToBytes = part.Flag("byte_fallback"),
            TakesWholeWords = part.Flag("ignore_merges"),
        });
    }

    private static (string Left, string Right) ReadMerge(JsonElement item, string where, int rank)
    {
        if (item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2
            && item[0] is { ValueKind: JsonValueKind.String } left && item[1] is { ValueKind: JsonValueKind.String } right
            && (left.GetString(), right.GetString()) is ({ Length: > 0 } first, { Length: > 0 } second))
        {
            return (first, second);
        }

        if (item.ValueKind == JsonValueKind.String && item.GetString()!.Split(' ') is [{ Length: > 0 } before, { Length: > 0 } after])
        {
            return (before, after);
        }

        throw new BadInputException($"{where}: merge {rank} must be two tokens, as a list or with one space between them.");
    }

    private static WordPieceModel ReadWordPiece(JsonPart part)
    {
        var vocabulary = ReadVocabulary(part);
        var unknown = UnknownOf(part, vocabulary) ?? throw part.Missing("unk_token", "a token of the vocabulary");
        return new(vocabulary, unknown, part.OptionalText("continuing_subword_prefix") ?? "##", part.OptionalNumber("max_input_chars_per_word") ?? 100);
    }

    private static WordLevelModel ReadWordLevel(JsonPart part)
    {
        var vocabulary = ReadVocabulary(part);
        return new(vocabulary, part.OptionalText("unk_token") is { } unknown ? vocabulary.IdOf(unknown) : null);
    }

    private static UnigramModel ReadUnigram(JsonPart part)
    {
        var vocabulary = new Vocabulary();
        List<double> scores = [];
        foreach (var item in part.Items("vocab"))
        {
            if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() != 2 || item[0].ValueKind != JsonValueKind.String
                || item[1].ValueKind != JsonValueKind.Number || !item[1].TryGetDouble(out var score) || !double.IsFinite(score))
            {
                throw new BadInputException($"{part.Where}: entry {scores.Count} of 'vocab' must be a list of a token and its score.");
            }

            vocabulary.Add(item[0].GetString()!, scores.Count, part.Where);
            scores.Add(score);
        }
        var unknown = part.OptionalNumber("unk_id");
        if (unknown is { } id && (uint)id >= (uint)scores.Count)
        {
            throw new BadInputException($"{part.Where}: 'unk_id' is {id}, but there are {scores.Count} tokens.");
        }

        return new(vocabulary, scores.ToArray(), new() { UnknownId = unknown, FallsBackToBytes = part.Flag("byte_fallback") });
    }

    private static Vocabulary ReadVocabulary(JsonPart part)
    {
        var vocabulary = new Vocabulary();
        foreach (var property in part.Child("vocab").Element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out var id))
            {
                throw new BadInputException($"{part.Where}: the id of the token '{Vocabulary.Shown(property.Name)}' must be a whole number.");
            }

            vocabulary.Add(property.Name, id, part.Where);
        }
        return vocabulary;
    }

    private static int? UnknownOf(JsonPart part, Vocabulary vocabulary)
    {
        if (NullIfEmpty(part.OptionalText("unk_token")) is not { } token)
        {
            return null;
        }

        return vocabulary.IdOf(token) ?? throw new BadInputException($"{part.Where}: the unknown token '{Vocabulary.Shown(token)}' is not in the vocabulary.");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
