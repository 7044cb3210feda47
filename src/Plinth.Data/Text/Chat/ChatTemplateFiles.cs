using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Chat;

/// <summary>Finds and reads the templates of a folder.</summary>
internal static class ChatTemplateFiles
{
    public const string DefaultName = "default", JinjaName = "chat_template.jinja";
    private const string ConfigName = "tokenizer_config.json";
    private const long LargestFile = 64L << 20;
    private static readonly string[] TokenKeys = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static ChatTemplate Load(string path, TemplateLimits? limits, TimeProvider? time) => Find(path, limits, time)
        ?? throw new BadInputException($"There is no chat template in {path}. Looked for: {JinjaName}, and chat_template in {ConfigName}.");

    /// <summary>The templates of a file or folder that is there; null when it holds none.</summary>
    public static ChatTemplate? Find(string path, TemplateLimits? limits, TimeProvider? time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var isJinja = !isFolder && Path.GetExtension(path) == ".jinja";
        var config = isFolder || isJinja || Path.GetFileName(path) == "tokenizer.json" ? Path.Combine(folder, ConfigName) : path;
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(config))
        {
            ReadConfig(config, texts, tokens);
        }
        else if (!isFolder && !File.Exists(path))
        {
            throw new BadInputException($"There is no file or folder '{path}' (looked at {Path.GetFullPath(path)}).");
        }
        // The file beside the config has precedence.
        if (isJinja)
        {
            texts[DefaultName] = ReadText(path);
        }
        else if (File.Exists(Path.Combine(folder, JinjaName)) && (isFolder || config == Path.Combine(folder, ConfigName)))
        {
            texts[DefaultName] = ReadText(Path.Combine(folder, JinjaName));
        }

        return texts.Count == 0 ? null : new(texts.ToDictionary(text => text.Key, text => JinjaTemplate.Parse(text.Value, limits, time)), tokens);
    }

    public static void Save(string folder, string? template, IReadOnlyDictionary<string, string> tokens)
    {
        if (template is not null)
        {
            AtomicFile.WriteText(Path.Combine(folder, JinjaName), template);
        }

        var config = Path.Combine(folder, ConfigName);
        var json = File.Exists(config) && JsonNode.Parse(ReadText(config)) is JsonObject given ? given : [];
        var missing = tokens.Where(token => !json.ContainsKey(token.Key)).ToList();
        foreach (var (name, content) in missing)
        {
            json[name] = content;
        }

        if (missing.Count > 0)
        {
            AtomicFile.WriteText(config, json.ToJsonString(new() { WriteIndented = true }));
        }
    }

    private static void ReadConfig(string path, Dictionary<string, string> texts, Dictionary<string, string> tokens)
    {
        try
        {
            using var document = JsonDocument.Parse(ReadText(path));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new BadInputException($"{path} must hold a JSON object.");
            }

            foreach (var key in TokenKeys)
            {
                if (root.TryGetProperty(key, out var token) && Content(token) is { } content)
                {
                    tokens[key] = content;
                }
            }
            if (!root.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null)
            {
                return;
            }

            if (template.ValueKind == JsonValueKind.String)
            {
                texts[DefaultName] = template.GetString()!;
                return;
            }
            if (template.ValueKind != JsonValueKind.Array)
            {
                throw new BadInputException($"{path}: chat_template is a text, or a list of templates with names.");
            }

            foreach (var one in template.EnumerateArray())
            {
                if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                    || !one.TryGetProperty("template", out var text) || text.ValueKind != JsonValueKind.String)
                {
                    throw new BadInputException($"{path}: each entry of chat_template needs a 'name' and a 'template'.");
                }

                texts[name.GetString()!] = text.GetString()!;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path} is not valid JSON: {e.Message}", e);
        }
    }

    private static string? Content(JsonElement token) => token.ValueKind switch
    {
        JsonValueKind.String => token.GetString(),
        JsonValueKind.Object when token.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };

    private static string ReadText(string path)
    {
        try
        {
            return new FileInfo(path).Length <= LargestFile ? File.ReadAllText(path)
                : throw new BadInputException($"{path} has {new FileInfo(path).Length:N0} bytes; it may have up to {LargestFile:N0}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
