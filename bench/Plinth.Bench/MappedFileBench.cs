using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>Opening a safetensors file of 500 MB and asking for its tensors: milliseconds, and resident memory before and after.</summary>
internal static class MappedFileBench
{
    private const int TensorCount = 100, Rows = 1250, Columns = 1000;

    public static void Run(BenchReport report)
    {
        var path = Path.Combine(Path.GetTempPath(), $"plinth-mapped-{Environment.ProcessId}.safetensors");
        try
        {
            Write(path);
            report.Add($"A file of {new FileInfo(path).Length / 1e6:0} MB with {TensorCount} tensors, in the page cache; five openings.");
            report.Add($"");
            report.Add($"| opening, all tensors as views | resident before | after opening | after reading all of it |");
            report.Add($"|---|---|---|---|");
            for (var i = 0; i < 5; i++)
            {
                Open(report, path);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Write(string path)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(path, Enumerable.Range(0, TensorCount).Select(i => KeyValuePair.Create($"layer.{i}.weight", full(Rows, Columns, (float)i))).ToList());
    }

    private static void Open(BenchReport report, string path)
    {
        GC.Collect();
        var before = Environment.WorkingSet;
        long opened, read;
        double seconds;
        using (var scope = NewDisposeScope())
        {
            Tensor[] tensors = [];
            SafetensorsFile? reader = null;
            seconds = BenchReport.Seconds(() =>
            {
                reader = SafetensorsFile.Open(path);
                tensors = [.. reader.Entries.Keys.Select(reader.Map)];
            });
            opened = Environment.WorkingSet;
            var sum = tensors.Sum(tensor => tensor.max().ToDouble());
            read = Environment.WorkingSet;
            if (sum != TensorCount * (TensorCount - 1) / 2.0)
            {
                throw new InvalidOperationException($"The tensors hold other numbers than were written: {sum}.");
            }

            reader!.Dispose();
        }

        report.Add($"| {seconds * 1000:0.0} ms | {before / 1e6:0} MB | {opened / 1e6:0} MB | {read / 1e6:0} MB |");
    }
}
