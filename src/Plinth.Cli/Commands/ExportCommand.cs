using System.CommandLine;
using Plinth.Core;
using Plinth.Export;
using Plinth.Export.Gguf;
using Plinth.Export.Onnx;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth export</c>: a checkpoint as a file for other programs.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, GgufType> types = Enum.GetValues<GgufType>().ToDictionary(type => type.ToString().ToLowerInvariant());

    public static Command Create()
    {
        var checkpoint = CommonOptions.Model("Folder of a checkpoint.");
        var form = new Option<string>("--to") { Description = "gguf (llama.cpp and what builds on it) or onnx (ONNX Runtime and others).", Required = true };
        form.AcceptOnlyFromAmong("gguf", "onnx");
        var type = new Option<string?>("--type") { Description = $"Element type of the matrices: {string.Join(", ", types.Keys)}. GGUF takes f16 when not told; ONNX is f32." };
        type.AcceptOnlyFromAmong([.. types.Keys]);
        var cache = new Option<bool>("--cache") { Description = "ONNX decoders take and give keys and values of earlier tokens." };
        var part = new Option<string?>("--part") { Description = "The half of a clip for ONNX: vision or text." };
        part.AcceptOnlyFromAmong("vision", "text");
        var output = new Option<string?>("--out", "-o") { Description = "The file to write; beside the checkpoint's folder when not told." };
        var command = new Command("export",
            "Write a checkpoint as one file for other programs.\n\n" +
            "Example:  plinth export runs/quickstart/decoder/checkpoint --to gguf --type q8_0 --out model.gguf\n" +
            "          plinth export runs/quickstart/encoder/checkpoint --to onnx --out encoder.onnx")
        {
            checkpoint, form, type, cache, part, output,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(checkpoint)!, parsed.GetValue(form)!, parsed.GetValue(type), parsed.GetValue(cache), parsed.GetValue(part), parsed.GetValue(output), cancellation)));
        return command;
    }

    private static int Run(string checkpoint, string form, string? type, bool withCache, string? part, string? output, CancellationToken cancellation)
    {
        output ??= Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint)) + "." + form;
        var progress = new LineProgress();
        if (form == "onnx" && type is not (null or "f32"))
        {
            throw new ExportException($"--type {type} is for GGUF; an ONNX model is written in f32.");
        }

        if (form == "gguf" && withCache)
        {
            throw new ExportException("--cache is for ONNX; programs that read GGUF keep their cache themselves.");
        }

        if (form == "gguf" && part is not null)
        {
            throw new ExportException($"--part {part} is for ONNX; no clip can be written as GGUF.");
        }

        var report = form == "onnx"
            ? OnnxExport.Write(checkpoint, output, new() { WithCache = withCache, Part = part is null ? null : Enum.Parse<PairPart>(part, ignoreCase: true), Progress = progress }, cancellation)
            : GgufExport.Write(checkpoint, output, new() { Type = types[type ?? "f16"], Progress = progress }, cancellation);
        progress.End();
        foreach (var note in report.Notes)
        {
            Console.WriteLine($"note: {note}");
        }

        Console.WriteLine($"{report.TensorCount} weights, {report.WeightBytes / 1e6:0.0} MB, written to {string.Join(" and ", report.Files)}");
        return ExitCodes.Success;
    }

    /// <summary>One line on a terminal that says how far it is; silent elsewhere.</summary>
    private sealed class LineProgress : IProgress<ExportProgress>
    {
        private int shown = -1;

        public void Report(ExportProgress value)
        {
            var percent = (int)(100 * value.DoneBytes / Math.Max(1, value.TotalBytes));
            if (percent != shown && !Console.IsErrorRedirected)
            {
                shown = percent;
                Console.Error.Write($"\r{percent,3} % of {value.TotalBytes / 1e6:0.0} MB");
            }
        }

        public void End()
        {
            if (shown >= 0)
            {
                Console.Error.WriteLine();
            }
        }
    }
}
