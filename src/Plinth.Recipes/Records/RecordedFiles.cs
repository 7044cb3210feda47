using System.Security.Cryptography;
using System.Text;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Text.Preparation;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Records;

/// <summary>Hashes of what a run reads and writes.</summary>
internal static class RecordedFiles
{
    private const char PartMark = '#';

    private static readonly RecordFile scoresFile = new("table of a run's scores", "Remove it, or run the same command again to have it written.");

    // The keys of recipes under which files are named; those of `also` lie beside the table that they add to.
    private static readonly string[] keys =
        ["data.path", "data.train", "data.validation", "data.test", "data.template", "data.images.folder", "tokenizer.path", "processor.path", "checkpoint", "distillation.teacher"];

    /// <summary>The data that a recipe names, as far as it lies in files.</summary>
    /// <param name="settings">What the recipe says, by its keys.</param>
    /// <param name="hashes">What was read of it already, to which the rest is added; null where nothing was.</param>
    /// <exception cref="BadInputException">A file cannot be read.</exception>
    public static IReadOnlyList<RecordedData> Of(IReadOnlyDictionary<string, string> settings, PathHashes? hashes = null)
    {
        // Of several tasks each has data of its own, under its own part of the recipe.
        var parts = settings.Select(setting => (Part: PartOf(setting.Key), setting.Key, setting.Value)).Select(setting => (setting.Part, Own: setting.Key[setting.Part.Length..], setting.Key, setting.Value)).ToList();
        var named = keys.SelectMany(key => parts.Where(setting => setting.Own == key)).Select(setting => (setting.Key, Path: setting.Value));
        var also = parts.Where(setting => setting.Own.StartsWith("data.images.also[", StringComparison.Ordinal)).Select(setting => (setting.Key, Path: Path.Combine(
            Path.GetDirectoryName(settings.GetValueOrDefault(setting.Part + "data.train") ?? settings.GetValueOrDefault(setting.Part + "data.path") ?? "") ?? "", setting.Value)));
        var sources = parts.Where(setting => setting.Own.StartsWith("data.sources[", StringComparison.Ordinal) && setting.Own.EndsWith(".path", StringComparison.Ordinal))
            .Select(setting => (setting.Key, Path: setting.Value));
        var read = hashes ?? new();
        return
        [
            .. named.Concat(also).Concat(sources)
                .Select(entry => (read.Has(entry.Path) ? entry.Path : OnDisk(entry.Path)) is { } place ? Cited(Of(entry.Key, entry.Path, read.Of(place)), place) : null)
                .OfType<RecordedData>(),
        ];
    }

    /// <summary>The final scores of a run, nothing where one was no number.</summary>
    /// <param name="path">The run's <c>scores.json</c>.</param>
    /// <exception cref="BadInputException">It is missing or malformed.</exception>
    public static SortedDictionary<string, double?> Scores(string path) => scoresFile.Read<SortedDictionary<string, double?>>(path);

    /// <summary>Hashes of all files below a folder, by their names below it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="without">Name of a file that is left out.</param>
    public static SortedDictionary<string, string> Below(string folder, string without) => new(
        PathHashes.Names(folder).Where(name => name != without).ToDictionary(name => name, name => FileHash.Of(Path.Combine(folder, name)), StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>The hash of all weights of a module: names, types, shapes and bytes.</summary>
    public static string Of(nn.Module module)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, parameter) in module.named_parameters().OrderBy(entry => entry.name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {parameter.dtype} {string.Join('x', parameter.shape)}\n"));
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // With its dot, such as tasks[0]. ; empty where the key is of the whole recipe.
    private static string PartOf(string key) => key.StartsWith("tasks[", StringComparison.Ordinal) ? key[..(key.IndexOf('.', StringComparison.Ordinal) + 1)] : "";

    // What lies on the disk of a path that may name a part of a file, or an entry of an archive.
    private static string? OnDisk(string path)
    {
        if (Path.Exists(path))
        {
            return path;
        }

        var whole = path.LastIndexOf(PartMark) is > 0 and var mark ? path[..mark] : path;
        for (var at = whole; at is { Length: > 0 }; at = Path.GetDirectoryName(at))
        {
            // A folder above a path that does not exist is not what was meant.
            if (File.Exists(at) || (at == whole && Directory.Exists(at)))
            {
                return at;
            }
        }

        return null;
    }

    private static RecordedData Of(string key, string path, PathHash hash) => new(key, path, hash.FileCount, hash.ByteCount, hash.Hash);

    // A corpus that was prepared says whose texts it holds.
    private static RecordedData Cited(RecordedData data, string place) =>
        PreparationRecord.Find(place) is { } record ? data with { Licenses = record.Licenses, Origins = record.Origins } : data;
}
