using System.Diagnostics;
using System.Globalization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// Loading a sharded Llama-type checkpoint of 4 GB, each time in a process of its own: seconds beside reading the same bytes plainly,
/// and the process's peak memory beside the weights' size in memory.
/// </summary>
internal static class LoadingBench
{
    private const string ChildName = "loading-child";
    private static readonly (string Name, ScalarType Stored, ScalarType Loaded, bool IsMapped)[] cases =
    [
        ("float32 as it is", ScalarType.Float32, ScalarType.Float32, false),
        ("float32 as it is, mapped", ScalarType.Float32, ScalarType.Float32, true),
        ("float32 to bfloat16", ScalarType.Float32, ScalarType.BFloat16, false),
        ("bfloat16 to float32", ScalarType.BFloat16, ScalarType.Float32, false),
    ];

    public static void Run(BenchReport report)
    {
        var root = Path.Combine(Path.GetTempPath(), $"plinth-loading-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(root);
            report.Add($"Llama-type, 22 blocks of 2,048, weights of float32 in shards of 1 GB, of bfloat16 in shards of 0.5 GB; files in the page cache. Peak is the process's largest resident memory less what it had before loading.");
            report.Add($"");
            report.Add($"| case | files | plain read | load | ratio | in memory | peak | peak / memory |");
            report.Add($"|---|---|---|---|---|---|---|---|");
            foreach (var stored in cases.GroupBy(entry => entry.Stored))
            {
                var folder = Path.Combine(root, stored.Key.ToString());
                Write(folder, stored.Key);
                foreach (var entry in stored)
                {
                    var bytes = Directory.GetFiles(folder, "*.safetensors").Sum(file => new FileInfo(file).Length);
                    var plain = Best(() => ReadPlainly(folder));
                    var measured = Enumerable.Range(0, 3).Select(_ => Child(folder, entry.Loaded, entry.IsMapped)).MinBy(result => result.Seconds)!;
                    report.Add($"| {entry.Name} | {bytes / 1e9:0.00} GB | {plain:0.00} s | {measured.Seconds:0.00} s | {measured.Seconds / plain:0.00} | {measured.Weights / 1e9:0.00} GB | {measured.Peak / 1e9:0.00} GB | {measured.Peak / (double)measured.Weights:0.000} |");
                }

                Directory.Delete(folder, recursive: true);
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The other process: loads, and prints seconds, bytes of weights, and peak bytes.</summary>
    public static bool TryRunChild(string[] args)
    {
        if (args is not [ChildName, { } folder, { } type, { } mapped])
        {
            return false;
        }

        // What torch itself needs is not the checkpoint's.
        zeros(8).Dispose();
        var before = Resident("VmRSS");
        var watch = Stopwatch.StartNew();
        using var model = Checkpoint.Load(folder, ModelCatalog.Families, new() { Type = Enum.Parse<ScalarType>(type), IsMapped = bool.Parse(mapped) }).Model;
        var seconds = watch.Elapsed.TotalSeconds;
        var weights = model.parameters().Sum(parameter => parameter.numel() * parameter.element_size());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {weights} {Resident("VmHWM") - before}"));
        return true;
    }

    private static void Write(string folder, ScalarType type)
    {
        var family = ModelCatalog.Families["llama"];
        using var scope = NewDisposeScope();
        // No matter which values: only drawn memory is real memory, so the matrices are drawn.
        using var model = new Model(family, family.Shape(new(22, 2_048, 16, 16_000, 2_048)), HeadKind.CausalLanguageModeling);
        model.to(type);
        WeightFiles.Save(folder, Checkpoint.ForeignWeights(model), type == ScalarType.Float32 ? 1_000_000_000 : 500_000_000);
        AtomicFile.WriteText(Path.Combine(folder, Checkpoint.ConfigFile), (model.Config with { Architectures = [family.Architectures[HeadKind.CausalLanguageModeling]] }).ToJsonText());
    }

    private static Measured Child(string folder, ScalarType type, bool isMapped)
    {
        var line = BenchReport.Child(ChildName, folder, type.ToString(), isMapped.ToString());
        return line.Split(' ') is [{ } seconds, { } weights, { } peak]
            ? new(double.Parse(seconds, CultureInfo.InvariantCulture), long.Parse(weights, CultureInfo.InvariantCulture), long.Parse(peak, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The loading process said '{line}'.");
    }

    private static double Best(Action work) => Enumerable.Range(0, 3).Min(_ =>
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    });

    private static void ReadPlainly(string folder)
    {
        var buffer = new byte[16 << 20];
        foreach (var file in Directory.GetFiles(folder, "*.safetensors"))
        {
            using var handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
            for (long offset = 0, read; (read = RandomAccess.Read(handle, buffer, offset)) > 0;)
            {
                offset += read;
            }
        }
    }

    private static long Resident(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private sealed record Measured(double Seconds, long Weights, long Peak);
}
