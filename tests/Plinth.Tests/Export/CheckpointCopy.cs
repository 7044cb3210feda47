using System.Text.Json.Nodes;
using Plinth.Core.Checkpoints;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

/// <summary>A checkpoint written again with changes.</summary>
internal static class CheckpointCopy
{
    public static void Write(string source, string target, Action<Dictionary<string, Tensor>>? changeWeights = null, Action<JsonObject>? changeConfig = null)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(target);
        using var file = WeightFiles.Open(source);
        var weights = file.Entries.Keys.ToDictionary(name => name, file.Read);
        changeWeights?.Invoke(weights);
        WeightFiles.Save(target, [.. weights]);
        var config = Checkpoint.ReadJson(Path.Combine(source, Checkpoint.ConfigFile));
        changeConfig?.Invoke(config);
        File.WriteAllText(Path.Combine(target, Checkpoint.ConfigFile), config.ToJsonString());
    }
}
