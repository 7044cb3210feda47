using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text;

/// <summary>
/// Reads tokenizers from their files: <c>tokenizer.json</c>; SentencePiece's <c>.model</c> and <c>.spm</c>; BERT's <c>vocab.txt</c>; GPT-2's <c>vocab.json</c>
/// with <c>merges.txt</c>; tiktoken's <c>.tiktoken</c>; CLIP's <c>bpe_simple_vocab_16e6.txt.gz</c>. <c>tokenizer_config.json</c> beside them tells which tokens have which part.
/// </summary>
public static class TokenizerFiles
{
    internal const string JsonName = "tokenizer.json";

    private const long LargestFile = 256L << 20;

    private const int LargestUnpacked = 16 << 20;

    private const string ConfigName = "tokenizer_config.json", ClipName = "bpe_simple_vocab_16e6.txt.gz";

    private static readonly string[] SentencePieceNames = ["spiece.model", "tokenizer.model", "sentencepiece.bpe.model", "source.spm"];

    /// <summary>Whether a folder holds a tokenizer that <see cref="Load" /> can try to read.</summary>
    /// <param name="folder">The folder.</param>
    public static bool Exist(string folder) => Directory.Exists(folder) && Candidates(folder).Any();

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">
    /// A folder, or one of the files. Of a folder with a SentencePiece model the config's class decides what is put around it; the file itself gives SentencePiece's own ids.
    /// </param>
    /// <exception cref="BadInputException">There is none, it is malformed, or it asks for a step that is not known.</exception>
    public static PipelineTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = isFolder ? FindIn(path) : path;
        var (roles, configText, lowercase) = ReadConfig(Path.Combine(folder, ConfigName));
        return Path.GetFileName(file) switch
        {
            "vocab.txt" => TokenizerReader.Read(VocabularyFiles.Bert(ReadText(file), file, lowercase ?? true), roles, configText, file),
            "vocab.json" or "merges.txt" => ReadGpt2(folder, roles, configText),
            "source.spm" or "target.spm" when File.Exists(Path.Combine(folder, "vocab.json")) => ReadMarian(file, roles, configText),
            ClipName => TokenizerReader.Read(VocabularyFiles.Clip(Unpacked(file), file), roles, configText, file),
            var name when IsSentencePiece(name) => isFolder ? ReadSentencePiece(file, roles, configText) : SentencePieceReader.ReadPlain(ReadBytes(file), file),
            var name when name.EndsWith(".tiktoken", StringComparison.Ordinal) => TiktokenFile.Read(ReadBytes(file), file),
            _ => TokenizerReader.Read(ReadBytes(file), roles, configText, file),
        };
    }

    internal static void Write(string folder, TokenizerFile file, string configText)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        AtomicFile.Write(Path.Combine(folder, file.Name), stream => stream.Write(file.Bytes.Span));
        foreach (var (name, bytes) in file.Beside)
        {
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes.Span));
        }

        AtomicFile.WriteText(Path.Combine(folder, ConfigName), configText);
    }

    private static bool IsSentencePiece(string name) => name.EndsWith(".model", StringComparison.Ordinal) || name.EndsWith(".spm", StringComparison.Ordinal);

    private static string FindIn(string folder) => Candidates(folder).FirstOrDefault()
        ?? throw new BadInputException($"There is no tokenizer in {folder}. Looked for: {JsonName}, {string.Join(", ", SentencePieceNames)}, vocab.txt, vocab.json with merges.txt, {ClipName}, and a single file that ends in .model, .spm or .tiktoken.");

    private static IEnumerable<string> Candidates(string folder)
    {
        string[] names = [JsonName, .. SentencePieceNames, "vocab.txt", "vocab.json", ClipName];
        foreach (var file in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            if (Path.GetFileName(file) != "vocab.json" || File.Exists(Path.Combine(folder, "merges.txt")))
            {
                yield return file;
            }
        }
        var others = Directory.EnumerateFiles(folder).Where(file => IsSentencePiece(file) || file.EndsWith(".tiktoken", StringComparison.Ordinal)).Take(2).ToList();
        if (others.Count == 1)
        {
            yield return others[0];
        }
    }

    private static PipelineTokenizer ReadSentencePiece(string file, TokenRoles roles, string? configText)
    {
        if (configText is null)
        {
            return SentencePieceReader.ReadPlain(ReadBytes(file), file);
        }

        using var config = JsonDocument.Parse(configText, new() { MaxDepth = 64 });
        JsonPart part = new(config.RootElement, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ConfigName));
        return part.OptionalText("tokenizer_class") is null
            ? SentencePieceReader.ReadPlain(ReadBytes(file), file)
            : SentencePieceLayouts.Read(ReadBytes(file), file, part, configText, roles);
    }

    private static PipelineTokenizer ReadMarian(string file, TokenRoles roles, string? configText)
    {
        using var config = JsonDocument.Parse(configText ?? "{}", new() { MaxDepth = 64 });
        return SentencePieceLayouts.ReadMarian(ReadBytes(file), file, new(config.RootElement, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ConfigName)), configText, roles);
    }

    private static string Unpacked(string path)
    {
        try
        {
            using var stream = new System.IO.Compression.GZipStream(new MemoryStream(ReadBytes(path)), System.IO.Compression.CompressionMode.Decompress);
            var bytes = new byte[LargestUnpacked + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= LargestUnpacked
                ? System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, length))
                : throw new BadInputException($"{path} unpacks to more than {LargestUnpacked:N0} bytes.");
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"{path} is not a gzip file, or it is damaged: {e.Message}", e);
        }
    }

    private static PipelineTokenizer ReadGpt2(string folder, TokenRoles roles, string? configText)
    {
        var (vocabulary, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        return TokenizerReader.Read(VocabularyFiles.Gpt2(ReadBytes(vocabulary), ReadText(merges), vocabulary, merges), roles, configText, vocabulary);
    }

    private static (TokenRoles Roles, string? Text, bool? Lowercase) ReadConfig(string path)
    {
        if (!File.Exists(path))
        {
            return (new(), null, null);
        }

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
                {
                    stated[key] = value.ValueKind == JsonValueKind.Object ? new JsonPart(value, $"{path}.{key}").Text("content") : root.OptionalText(key);
                }
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

    internal static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestFile)
            {
                throw new BadInputException($"{path} has {stream.Length:N0} bytes; tokenizer files may have up to {LargestFile:N0}.");
            }

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
