using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Export.Gguf;

/// <summary>Reads <c>tokenizer.json</c> and <c>tokenizer_config.json</c> as far as GGUF can carry what they say, and refuses the rest by name.</summary>
internal sealed partial class TokenizerSource
{
    private const long LargestFile = 256 << 20;

    // The cuts before merging that llama.cpp knows by a name; the keys are the expressions as tokenizer.json writes them.
    private static readonly Dictionary<string, string> knownCuts = new(StringComparer.Ordinal)
    {
        [@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"] = "llama-bpe",
        [@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"] = "qwen2",
    };

    private readonly ModelFolder folder;
    private readonly ConfigReader json, model;
    private readonly ConfigReader? settings;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly List<string> notes = [];

    private TokenizerSource(ModelFolder folder, ConfigReader json, ConfigReader? settings)
    {
        this.folder = folder;
        this.json = json;
        this.settings = settings;
        model = json.Part("model") ?? throw json.Wrong("model", "is missing");
    }

    /// <summary>The folder's tokenizer, or null where it has none.</summary>
    public static TokenizerSource? Find(ModelFolder folder)
    {
        var path = Path.Combine(folder.Location, "tokenizer.json");
        if (!File.Exists(path))
        {
            foreach (var other in (string[])["tokenizer.model", "vocab.txt", "vocab.json"])
            {
                if (File.Exists(Path.Combine(folder.Location, other)))
                {
                    throw new ExportException($"{folder.Location} has its tokenizer as {other}; GGUF is made from tokenizer.json. Save the tokenizer in that form first.");
                }
            }

            return null;
        }

        var settings = Path.Combine(folder.Location, "tokenizer_config.json");
        return new(folder, ReadLarge(path), File.Exists(settings) ? ReadLarge(settings) : null);
    }

    /// <summary>The tokenizer as GGUF carries it.</summary>
    /// <param name="vocabularySize">Rows of the model's table; names without a token are filled up.</param>
    public GgufTokenizer Convert(int vocabularySize)
    {
        if (model.Json["vocab"] is not JsonObject vocabulary)
        {
            throw model.Wrong("vocab", "is no table from token to id; Unigram tokenizers cannot be written as GGUF");
        }

        foreach (var (token, id) in vocabulary)
        {
            ids[token] = Id(id, vocabularySize, token);
        }

        // Files from before 'type' was written hold merges for BPE and none for WordPiece.
        var kind = model.Text("type", model.Json["merges"] is null ? "WordPiece" : "BPE");
        var result = kind switch
        {
            "WordPiece" => WordPiece(),
            "BPE" when model.Flag("byte_fallback", false) => SentencePieces(vocabularySize),
            "BPE" => ByteLevel(),
            _ => throw model.Wrong("type", $"is '{kind}'; only BPE and WordPiece can be written as GGUF"),
        };
        var (tokens, kinds) = Table(vocabularySize, result.Model == "llama", result.Model == "bert");
        var special = SpecialIds();
        return result with { Tokens = tokens, Kinds = kinds, SpecialIds = special, Options = Options(result), ChatTemplate = ChatTemplate(), Notes = notes };
    }

    private GgufTokenizer WordPiece()
    {
        if (model.Text("continuing_subword_prefix", "##") is var prefix and not "##")
        {
            throw model.Wrong("continuing_subword_prefix", $"is '{prefix}'; only ## can be written as GGUF");
        }

        return new() { Model = "bert" };
    }

    private GgufTokenizer ByteLevel()
    {
        RefuseNormalizers();
        if (model.Text("end_of_word_suffix", "") is not "" || model.Text("continuing_subword_prefix", "") is not "")
        {
            throw model.Wrong("end_of_word_suffix", "or continuing_subword_prefix is set, which cannot be written as GGUF");
        }

        return new() { Model = "gpt2", PreTokenizer = PreTokenizer(), Merges = Merges() };
    }

    // The scores of the original file are not in tokenizer.json. What counts is their order, and that is the order of the merges.
    private GgufTokenizer SentencePieces(int vocabularySize)
    {
        var scores = new float[vocabularySize];
        Array.Fill(scores, -1e6f);
        var rank = 0;
        foreach (var merge in Merges())
        {
            var piece = merge.Remove(merge.IndexOf(' ', 1), 1);
            if (ids.TryGetValue(piece, out var id) && scores[id] <= -1e6f)
            {
                scores[id] = -rank;
            }

            rank++;
        }

        return new() { Model = "llama", Scores = scores };
    }

    private List<string> Merges()
    {
        var merges = new List<string>();
        foreach (var merge in model.Json["merges"] as JsonArray ?? throw model.Wrong("merges", "is no list"))
        {
            merges.Add(merge switch
            {
                JsonValue value when value.TryGetValue<string>(out var text) && text.IndexOf(' ', Math.Min(1, text.Length)) > 0 => text,
                JsonArray { Count: 2 } pair when pair.All(part => part is JsonValue value && value.TryGetValue<string>(out _)) => Joined((string)pair[0]!, (string)pair[1]!),
                _ => throw model.Wrong("merges", $"holds {merge?.ToJsonString() ?? "null"}, which is no pair"),
            });
        }

        return merges;

        string Joined(string left, string right) => left.Length > 0 && right.Length > 0 && !left.Contains(' ', StringComparison.Ordinal) && !right.Contains(' ', StringComparison.Ordinal)
            ? $"{left} {right}"
            : throw model.Wrong("merges", $"holds a pair ('{left}', '{right}') that GGUF cannot write");
    }

    private string PreTokenizer()
    {
        var steps = Steps(json.Json["pre_tokenizer"], "pretokenizers");
        var byteLevel = steps.Count > 0 && Kind(steps[^1]) == "ByteLevel" ? steps[^1] : null;
        if (byteLevel is null || Of(byteLevel).Flag("add_prefix_space", false))
        {
            throw json.Wrong("pre_tokenizer", "does not end in ByteLevel without a space before; llama.cpp has no name for it");
        }

        var usesOwnCut = Of(byteLevel).Flag("use_regex", true);
        return (steps.Count, usesOwnCut) switch
        {
            (1, true) => "gpt-2",
            (2, true) when Kind(steps[0]) == "Digits" && Of(steps[0]).Flag("individual_digits", false) => "starcoder",
            (2, false) when Kind(steps[0]) == "Split" && steps[0]["pattern"] is JsonObject pattern && knownCuts.TryGetValue(Of(pattern).Text("Regex", ""), out var name) => name,
            _ => throw json.Wrong("pre_tokenizer", $"({string.Join(", ", steps.Select(Kind))}) is none of those that llama.cpp has a name for ({string.Join(", ", (string[])["gpt-2", "starcoder", .. knownCuts.Values])})"),
        };
    }

    private void RefuseNormalizers()
    {
        foreach (var step in Steps(json.Json["normalizer"], "normalizers"))
        {
            if (Kind(step) == "NFC")
            {
                notes.Add("The tokenizer composes characters (NFC) first; llama.cpp leaves that to the program.");
            }
            else
            {
                throw json.Wrong("normalizer", $"is {Kind(step)}, which cannot be written as GGUF");
            }
        }
    }

    private (string[] Tokens, GgufTokenKind[] Kinds) Table(int size, bool hasBytes, bool isWordPiece)
    {
        var tokens = new string[size];
        var kinds = new GgufTokenKind[size];
        foreach (var (token, id) in ids)
        {
            tokens[id] = token;
            kinds[id] = hasBytes && ByteName().IsMatch(token) ? GgufTokenKind.Byte : GgufTokenKind.Normal;
        }

        foreach (var (token, id, isSpecial) in Added(size))
        {
            ids[token] = id;
            tokens[id] = token;
            kinds[id] = isSpecial ? GgufTokenKind.Control : GgufTokenKind.UserDefined;
        }

        if (hasBytes && model.Text("unk_token", "") is var unknown && ids.TryGetValue(unknown, out var place))
        {
            kinds[place] = GgufTokenKind.Unknown;
        }

        for (var id = 0; id < size; id++)
        {
            if (tokens[id] is null)
            {
                (tokens[id], kinds[id]) = ($"[PAD{id}]", GgufTokenKind.Unused);
            }
            else if (isWordPiece && kinds[id] == GgufTokenKind.Normal)
            {
                // llama.cpp marks where a word begins, BERT where it goes on.
                tokens[id] = tokens[id].StartsWith("##", StringComparison.Ordinal) ? tokens[id][2..] : "\u2581" + tokens[id];
            }
        }

        return (tokens, kinds);
    }

    private IEnumerable<(string Token, int Id, bool IsSpecial)> Added(int size)
    {
        foreach (var node in json.Json["added_tokens"] as JsonArray ?? [])
        {
            var entry = new ConfigReader(node as JsonObject ?? throw json.Wrong("added_tokens", "holds what is no object"), json.Path);
            var token = entry.Text("content");
            yield return (token, Id(entry.Json["id"], size, token), entry.Flag("special", false));
        }
    }

    private Dictionary<string, int> SpecialIds()
    {
        var result = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (setting, key) in ((string, string)[])[
            ("bos_token", "bos_token_id"), ("eos_token", "eos_token_id"), ("unk_token", "unknown_token_id"), ("sep_token", "seperator_token_id"),
            ("pad_token", "padding_token_id"), ("cls_token", "cls_token_id"), ("mask_token", "mask_token_id")])
        {
            if (SpecialId(setting) is { } id)
            {
                result[key] = id;
            }
        }

        // llama.cpp puts these two around a text of BERT's.
        if (!result.ContainsKey("bos_token_id") && result.TryGetValue("cls_token_id", out var first))
        {
            result["bos_token_id"] = first;
        }

        if (!result.ContainsKey("eos_token_id") && result.TryGetValue("seperator_token_id", out var last))
        {
            result["eos_token_id"] = last;
        }

        return result;
    }

    private int? SpecialId(string setting)
    {
        var node = settings?.Json[setting];
        var token = (node is JsonObject described ? described["content"] : node) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        if (token is null && model.Text("type", "") == "WordPiece")
        {
            // A WordPiece file without settings still has BERT's five names.
            token = $"[{setting[..3].ToUpperInvariant()}{(setting == "mask_token" ? "K" : "")}]";
        }

        token ??= setting == "unk_token" ? model.Text("unk_token", "") : null;
        if (token is not null && ids.TryGetValue(token, out var id))
        {
            return id;
        }

        var configured = folder.Config.Json[setting + "_id"];
        configured = configured is JsonArray { Count: > 0 } several ? several[0] : configured;
        return configured is JsonValue number && number.TryGetValue<int>(out var whole) && whole >= 0 && ids.ContainsValue(whole) ? whole : null;
    }

    private Dictionary<string, object> Options(GgufTokenizer kind)
    {
        var options = new Dictionary<string, object>(StringComparer.Ordinal);
        if (kind.Model == "bert")
        {
            var normalizer = json.Part("normalizer");
            options["normalizer.lowercase"] = normalizer?.Flag("lowercase", true) ?? true;
            options["normalizer.strip_accents"] = normalizer?.Json["strip_accents"] is null ? options["normalizer.lowercase"] : normalizer.Flag("strip_accents", true);
            return options;
        }

        var template = json.Part("post_processor") is { } processor && processor.Text("type", "") == "TemplateProcessing" ? processor.Json["single"] as JsonArray : null;
        options["add_bos_token"] = settings?.Json["add_bos_token"] is not null ? settings.Flag("add_bos_token", false) : template?.FirstOrDefault() is JsonObject begin && begin["SpecialToken"] is not null;
        options["add_eos_token"] = settings?.Json["add_eos_token"] is not null ? settings.Flag("add_eos_token", false) : template?.LastOrDefault() is JsonObject end && end["SpecialToken"] is not null;
        if (kind.Model == "llama")
        {
            options["add_space_prefix"] = Steps(json.Json["normalizer"], "normalizers").Any(step => Kind(step) == "Prepend")
                || Steps(json.Json["pre_tokenizer"], "pretokenizers").Any(step => Kind(step) == "Metaspace" && Of(step).Text("prepend_scheme", "") != "never");
        }

        return options;
    }

    private string? ChatTemplate()
    {
        var path = Path.Combine(folder.Location, "chat_template.jinja");
        if (File.Exists(path) && new FileInfo(path).Length <= LargestFile)
        {
            return File.ReadAllText(path);
        }

        return settings?.Json["chat_template"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
    }

    private static List<JsonObject> Steps(JsonNode? node, string list) => node switch
    {
        JsonObject sequence when Kind(sequence) == "Sequence" => [.. (sequence[list] as JsonArray ?? []).OfType<JsonObject>()],
        JsonObject one => [one],
        _ => [],
    };

    private ConfigReader Of(JsonObject step) => new(step, json.Path);

    private static string Kind(JsonObject step) => step["type"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private int Id(JsonNode? node, int size, string token) => node is JsonValue value && value.TryGetValue<int>(out var id) && id >= 0
        ? id < size ? id : throw json.Wrong("vocab", $"gives '{token}' the id {id}, and the model has {size} rows")
        : throw json.Wrong("vocab", $"gives '{token}' no id");

    private static ConfigReader ReadLarge(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LargestFile)
            {
                throw new CheckpointException($"{path} has {length} bytes; more than {LargestFile} is no tokenizer.");
            }

            return JsonTree.Parse(File.ReadAllText(path)) is JsonObject json
                ? new(json, path)
                : throw new CheckpointException($"{path} is not a JSON object.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {error.Message}", error);
        }
    }

    [GeneratedRegex("^<0x[0-9A-Fa-f]{2}>$", RegexOptions.CultureInvariant)]
    private static partial Regex ByteName();
}
