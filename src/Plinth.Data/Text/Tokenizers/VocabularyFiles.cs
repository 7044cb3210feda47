using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Turns the older files of BERT and GPT-2 into the one form that is read.</summary>
internal static class VocabularyFiles
{
    private static readonly string[] BertSpecial = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>One token a line; its id is the line's number, from 0.</summary>
    public static byte[] Bert(string text, string where, bool lowercase)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        for (var id = 0; id < lines.Count; id++)
        {
            if (!ids.TryAdd(lines[id], id))
            {
                throw new BadInputException($"{where}: the token '{Vocabulary.Shown(lines[id])}' of line {id + 1} stands on line {ids[lines[id]] + 1} too.");
            }
        }
        if (!ids.ContainsKey("[UNK]") || !ids.TryGetValue("[CLS]", out var classId) || !ids.TryGetValue("[SEP]", out var separatorId))
        {
            throw new BadInputException($"{where} is not a BERT vocabulary: it needs the tokens [UNK], [CLS] and [SEP], each on a line of its own.");
        }

        var special = BertSpecial.Where(ids.ContainsKey).Select(token => (ids[token], token));
        return TokenizerJson.Write(
            special,
            TokenizerJson.BertNormalizer(lowercase),
            new JsonObject { ["type"] = "BertPreTokenizer" },
            TokenizerJson.BertTemplate("[CLS]", classId, "[SEP]", separatorId),
            TokenizerJson.WordPieceDecoder(),
            writer => TokenizerJson.WriteWordPiece(writer, ids.Select(entry => (entry.Key, entry.Value)), "[UNK]"));
    }

    /// <summary>A JSON object of tokens and ids, and a merge a line.</summary>
    public static byte[] Gpt2(byte[] vocabulary, string merges, string where, string mergesWhere)
    {
        var tokens = ReadObject(vocabulary, where);
        var special = tokens.Where(token => token.Token is "<|endoftext|>" or "<s>" or "</s>" or "<pad>" or "<unk>" or "<mask>" or "<|startoftext|>");
        return TokenizerJson.Write(
            special.Select(token => (token.Id, token.Token)), null, TokenizerJson.ByteLevel(), TokenizerJson.ByteLevel(trimsOffsets: false), TokenizerJson.ByteLevel(),
            writer => TokenizerJson.WriteBpe(writer, tokens, ReadMerges(merges, mergesWhere)));
    }

    /// <summary>The tokens and ids of a JSON object.</summary>
    public static List<(string Token, int Id)> ReadObject(byte[] vocabulary, string where)
    {
        List<(string Token, int Id)> tokens = [];
        try
        {
            using var document = JsonDocument.Parse(vocabulary, new() { MaxDepth = 4 });
            foreach (var property in document.RootElement.EnumerateObject())
            {
                tokens.Add((property.Name, property.Value.GetInt32()));
            }

            return tokens;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new BadInputException($"{where} must be a JSON object of tokens and their ids: {e.Message}", e);
        }
    }

    /// <summary>CLIP's list of merges (Radford et al. 2021, arXiv:2103.00020): its alphabet, also as ends of words, then what the merges make.</summary>
    public static byte[] Clip(string text, string where)
    {
        const int MergeCount = 49_152 - 256 - 2;
        const string End = "</w>", First = "<|startoftext|>", Last = "<|endoftext|>";
        var merges = ReadMerges(text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..], where).Take(MergeCount).ToList();
        string[] alphabet = [.. ByteLevel.Characters.Order(ByteLevel.PrintableFirst).Select(character => character.ToString())];
        string[] tokens = [.. alphabet, .. alphabet.Select(character => character + End), .. merges.Select(merge => merge.Left + merge.Right), First, Last];
        if (merges.Count < MergeCount)
        {
            throw new BadInputException($"{where} holds {merges.Count} merges; CLIP's list has at least {MergeCount}.");
        }

        var (first, last) = (tokens.Length - 2, tokens.Length - 1);
        JsonObject Expression(string pattern) => new() { ["Regex"] = pattern };
        return TokenizerJson.Write(
            [(first, First), (last, Last)],
            new JsonObject
            {
                ["type"] = "Sequence",
                ["normalizers"] = new JsonArray(
                    new JsonObject { ["type"] = "NFC" },
                    new JsonObject { ["type"] = "Replace", ["pattern"] = Expression(@"\s+"), ["content"] = " " },
                    new JsonObject { ["type"] = "Lowercase" }),
            },
            new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split", ["pattern"] = Expression(@"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), ["behavior"] = "Removed", ["invert"] = true,
                    },
                    TokenizerJson.ByteLevel(splits: false)),
            },
            new JsonObject { ["type"] = "RobertaProcessing", ["sep"] = new JsonArray(Last, last), ["cls"] = new JsonArray(First, first), ["trim_offsets"] = false, ["add_prefix_space"] = false },
            TokenizerJson.ByteLevel(),
            writer => TokenizerJson.WriteBpe(writer, tokens.Select((token, id) => (token, id)), merges, Last, End));
    }

    private static IEnumerable<(string Left, string Right)> ReadMerges(string text, string where)
    {
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            yield return line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
                ? (left, right)
                : throw new BadInputException($"{where}, line {number}: a merge is two tokens with one space between them.");
        }
    }
}
