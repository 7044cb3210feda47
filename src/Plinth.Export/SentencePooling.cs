using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Export;

/// <summary>How a sentence gets one vector.</summary>
internal enum PoolingKind
{
    /// <summary>It gets none.</summary>
    None,

    /// <summary>The mean over its tokens.</summary>
    Mean,

    /// <summary>The first token's.</summary>
    First,
}

/// <summary>What a sentence-transformers folder says of pooling, in <c>modules.json</c>.</summary>
/// <param name="Kind">How tokens become one vector.</param>
/// <param name="IsNormalized">Whether that vector gets length 1.</param>
internal sealed record SentencePooling(PoolingKind Kind, bool IsNormalized)
{
    private const long LargestFile = 1 << 20;

    /// <summary>Reads it; a folder without <c>modules.json</c> does not pool.</summary>
    public static SentencePooling Read(ModelFolder folder)
    {
        var path = Path.Combine(folder.Location, "modules.json");
        if (!File.Exists(path))
        {
            return new(PoolingKind.None, false);
        }

        var result = new SentencePooling(PoolingKind.None, false);
        foreach (var module in Modules(path))
        {
            var kind = module.Text("type");
            result = kind[(kind.LastIndexOf('.') + 1)..] switch
            {
                "Transformer" => result,
                "Pooling" => result with { Kind = Pooling(folder.Location, module) },
                "Normalize" => result with { IsNormalized = true },
                _ => throw module.Wrong("type", $"is '{kind}'; only Transformer, Pooling and Normalize can be exported"),
            };
        }

        return result;
    }

    private static PoolingKind Pooling(string folder, ConfigReader module)
    {
        var relative = module.Text("path");
        var path = Path.GetFullPath(Path.Combine(folder, relative, Checkpoint.ConfigFile));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw module.Wrong("path", $"is '{relative}', which leads out of the folder");
        }

        var config = new ConfigReader(Checkpoint.ReadJson(path), path);
        var modes = config.Json.Where(entry => entry.Key.StartsWith("pooling_mode_", StringComparison.Ordinal) && config.Flag(entry.Key, false)).Select(entry => entry.Key).ToList();
        return modes switch
        {
            ["pooling_mode_mean_tokens"] => PoolingKind.Mean,
            ["pooling_mode_cls_token"] => PoolingKind.First,
            _ => throw config.Wrong("pooling_mode", $"is {(modes.Count == 0 ? "not set" : string.Join(", ", modes))}; only mean_tokens or cls_token can be exported"),
        };
    }

    private static IEnumerable<ConfigReader> Modules(string path)
    {
        JsonNode? json;
        try
        {
            json = new FileInfo(path).Length <= LargestFile ? JsonNode.Parse(File.ReadAllText(path), documentOptions: new() { MaxDepth = 16 }) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {error.Message}", error);
        }

        return json is JsonArray array && array.All(item => item is JsonObject)
            ? array.Select(item => new ConfigReader((JsonObject)item!, path))
            : throw new CheckpointException($"{path} is no list of modules.");
    }
}
