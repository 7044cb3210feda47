using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plinth.Core.Files;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>The weights of a checkpoint folder, in one file or several, under the names that Hugging Face gives them.</summary>
public static partial class WeightFiles
{
    private const string IndexSuffix = ".index.json";
    private const string Single = "model.safetensors", Index = Single + IndexSuffix, Pickled = "pytorch_model.bin";
    private const long FiveGigabytes = 5_000_000_000;

    private static readonly string[] known = [Single, Index, Pickled, Pickled + IndexSuffix];
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    /// <summary>Opens the weights of a checkpoint: safetensors before pickled files, one file before shards.</summary>
    /// <exception cref="CheckpointException">The folder has no weights, or they are malformed or contradict each other.</exception>
    public static IWeightSource Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = known.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return path is not null ? OpenFile(path) : throw new CheckpointException(
            Directory.Exists(folder)
                ? $"The folder '{folder}' holds no weights: none of {string.Join(", ", known)} is there. Name the folder of a checkpoint."
                : $"There is no folder '{folder}'. Name the folder of a checkpoint (one with config.json and {Single}).");
    }

    /// <summary>Opens one weight file, or shards by their index: <c>.safetensors</c>, <c>.safetensors.index.json</c>, or PyTorch's <c>.bin</c>, <c>.pt</c>, <c>.pth</c>.</summary>
    /// <exception cref="CheckpointException">The file is missing, malformed, or of another kind.</exception>
    public static IWeightSource OpenFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path.EndsWith(IndexSuffix, StringComparison.Ordinal) ? ShardedWeights.Open(path, OpenOne) : OpenOne(path);
    }

    /// <summary>Writes the weights of a checkpoint: one file when they fit, else numbered shards and their index.</summary>
    /// <param name="folder">Created when absent. Weights of an earlier save that no longer belong are deleted at the end.</param>
    /// <param name="weights">Names and tensors of any device, in the order in which shards are filled; they remain the caller's.</param>
    /// <param name="maxShardBytes">Most bytes of weights per file; a single larger weight gets a file of its own.</param>
    /// <exception cref="PlinthException">A file cannot be written.</exception>
    public static void Save(string folder, IReadOnlyList<KeyValuePair<string, Tensor>> weights, long maxShardBytes = FiveGigabytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        var shards = Split(weights, maxShardBytes);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, Single), shards[0]);
            DeleteOthers(folder, new HashSet<string> { Single });
            return;
        }

        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var files = new HashSet<string> { Index };
        for (var i = 0; i < shards.Count; i++)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
            files.Add(file);
            foreach (var (name, _) in shards[i])
            {
                if (!map.TryAdd(name, file))
                {
                    throw new CheckpointException($"Two weights are called '{name}'; a checkpoint can hold each name once.");
                }
            }

            SafetensorsWriter.Write(Path.Combine(folder, file), shards[i]);
        }

        AtomicFile.Write(Path.Combine(folder, Index), stream => WriteIndex(stream, weights, map));
        DeleteOthers(folder, files);
    }

    private static IWeightSource OpenOne(string path) => Path.GetExtension(path) switch
    {
        ".safetensors" => SafetensorsFile.Open(path),
        ".bin" or ".pt" or ".pth" => TorchBinFile.Open(path),
        _ => throw WeightFileError.Of(path, "its name ends in none of .safetensors, .bin, .pt and .pth"),
    };

    private static List<List<KeyValuePair<string, Tensor>>> Split(IReadOnlyList<KeyValuePair<string, Tensor>> weights, long maxShardBytes)
    {
        List<List<KeyValuePair<string, Tensor>>> shards = [[]];
        var filled = 0L;
        foreach (var weight in weights)
        {
            var bytes = SafetensorsWriter.ByteCount(weight);
            if (shards[^1].Count > 0 && filled + bytes > maxShardBytes)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(weight);
            filled += bytes;
        }

        return shards;
    }

    private static void WriteIndex(Stream stream, IReadOnlyList<KeyValuePair<string, Tensor>> weights, SortedDictionary<string, string> map)
    {
        var index = new
        {
            metadata = new { total_parameters = weights.Sum(weight => weight.Value.numel()), total_size = weights.Sum(SafetensorsWriter.ByteCount) },
            weight_map = map,
        };
        stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(index, indented) + "\n"));
    }

    // Only now: until the new files are there, the old ones are the checkpoint.
    private static void DeleteOthers(string folder, HashSet<string> kept)
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, "model*"))
            {
                var name = Path.GetFileName(path);
                if (!kept.Contains(name) && (name is Single or Index || ShardName().IsMatch(name)))
                {
                    File.Delete(path);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"The weights are written to '{folder}', but an older file there cannot be deleted: {error.Message} Delete it yourself before you use the folder.", error);
        }
    }

    [GeneratedRegex(@"^model-\d{5}-of-\d{5}\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex ShardName();
}
