using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text;

/// <summary>
/// Reads tokenizers from their files: <c>tokenizer.json</c>, or BERT's <c>vocab.txt</c>, or GPT-2's <c>vocab.json</c> with <c>merges.txt</c>;
/// <c>tokenizer_config.json</c> beside them tells which tokens have which part.
/// </summary>
public static class TokenizerFiles
{
    private const long LargestFile = 256L << 20;

    private const string JsonName = "tokenizer.json", ConfigName = "tokenizer_config.json";

    /// <summary>Whether a folder holds a tokenizer that <see cref="Load" /> can try to read.</summary>
    /// <param name="folder">The folder.</param>
    public static bool Exist(string folder) => File.Exists(Path.Combine(folder, JsonName)) || File.Exists(Path.Combine(folder, "vocab.txt"))
        || (File.Exists(Path.Combine(folder, "vocab.json")) && File.Exists(Path.Combine(folder, "merges.txt")));

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A folder, or one of the files.</param>
    /// <exception cref="BadInputException">There is none, it is malformed, or it asks for a step that is not known.</exception>
    public static PipelineTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = Directory.Exists(path) ? FindIn(path) : path;
        var (roles, configText, lowercase) = ReadConfig(Path.Combine(folder, ConfigName));
        return Path.GetFileName(file) switch
        {
            "vocab.txt" => TokenizerReader.Read(VocabularyFiles.Bert(ReadText(file), file, lowercase ?? true), roles, configText, file),
            "vocab.json" or "merges.txt" => ReadGpt2(folder, roles, configText),
            _ => TokenizerReader.Read(ReadBytes(file), roles, configText, file),
        };
    }

    internal static void Write(string folder, ReadOnlyMemory<byte> json, string configText)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        AtomicFile.Write(Path.Combine(folder, JsonName), stream => stream.Write(json.Span));
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), configText);
    }

    private static string FindIn(string folder)
    {
        string[] names = [JsonName, "vocab.txt", "vocab.json"];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new BadInputException($"There is no tokenizer in {folder}. Looked for: {JsonName}, vocab.txt, vocab.json with merges.txt.");
    }

    private static PipelineTokenizer ReadGpt2(string folder, TokenRoles roles, string? configText)
    {
        var (vocabulary, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        return TokenizerReader.Read(VocabularyFiles.Gpt2(ReadBytes(vocabulary), ReadText(merges), vocabulary, merges), roles, configText, vocabulary);
    }

    private static (TokenRoles Roles, string? Text, bool? Lowercase) ReadConfig(string path)
    {
        if (!File.Exists(path))
            return (new(), null, null);
        var text = ReadText(path);
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 64 });
            var root = document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonPart(document.RootElement, path)
                : throw new BadInputException($"{path} must hold a JSON object.");
            Dictionary<string, string?> stated = new(StringComparer.Ordinal);
            foreach (var key in TokenRoles.Keys)
            {
                if (root.Element.TryGetProperty(key, out var value))
                    stated[key] = value.ValueKind == JsonValueKind.Object ? new JsonPart(value, $"{path}.{key}").Text("content") : root.OptionalText(key);
            }
            return (new() { Stated = stated }, text, root.Has("do_lower_case") ? root.Flag("do_lower_case") : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path} is not valid: {e.Message}", e);
        }
    }

    private static string ReadText(string path)
    {
        var bytes = ReadBytes(path);
        try
        {
            var text = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (ArgumentException e)
        {
            throw new BadInputException($"{path} is not UTF-8: {e.Message}", e);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestFile)
                throw new BadInputException($"{path} has {stream.Length:N0} bytes; tokenizer files may have up to {LargestFile:N0}.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
