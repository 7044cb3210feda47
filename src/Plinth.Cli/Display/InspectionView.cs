using System.Globalization;
using Plinth.Models.Inspection;
using Plinth.Models.Presets;
using Plinth.Recipes.Inspection;
using Plinth.Recipes.Reports;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>What <c>plinth inspect</c> shows.</summary>
internal static class InspectionView
{
    private static readonly string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static void Presets(IAnsiConsole console)
    {
        var table = Table("preset", "architecture", "stated", "source");
        foreach (var preset in PresetCatalog.All.Entries)
        {
            Add(table, preset.Name, preset.Config.ModelType, preset.Stated, preset.Source);
        }

        console.Write(table);
    }

    public static void Preset(IAnsiConsole console, ModelPreset preset, ModelInspection counts)
    {
        Line(console, $"{preset.Name}: {preset.Config.ModelType}, {preset.Head}");
        Line(console, $"{preset.Source}. {(preset.Stated.Length == 0 ? "" : $"Stated: {preset.Stated}.")}");
        Model(console, counts);
    }

    public static void Folder(IAnsiConsole console, string name, CheckpointInspection folder)
    {
        Line(console, $"{name}: {folder.Config.ModelType}, {folder.Head}");
        Model(console, folder.Model);
        var files = Table("file", "size");
        files.Columns[1].RightAligned();
        foreach (var file in folder.Files)
        {
            Add(files, file.Name, Bytes(file.Bytes));
        }

        console.Write(files);
        foreach (var type in folder.Types)
        {
            Line(console, $"Stored: {type.TensorCount} tensors of {type.Type}, {Number(type.ElementCount)} elements");
        }

        Line(console, folder.Tokenizer is { } tokenizer
            ? $"Tokenizer: {Number(tokenizer.VocabularySize)} entries; {string.Join(", ", tokenizer.Special.Select(entry => $"{entry.Key} {entry.Value}"))}"
            : "Tokenizer: none");
        Line(console, $"Chat template: {(folder.HasChatTemplate ? "yes" : "no")}. Certificate: {(folder.HasCertificate ? "yes" : "no")}.");
    }

    /// <summary>Bytes in the largest fitting unit of 1024.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
        {
            bytes /= 1024;
        }

        return bytes.ToString(unit == 0 ? "0" : bytes < 10 ? "0.00" : bytes < 100 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    private static void Model(IAnsiConsole console, ModelInspection counts)
    {
        var parts = Table("part", "parameters", "share");
        parts.Columns[1].RightAligned();
        parts.Columns[2].RightAligned();
        foreach (var (part, count) in counts.Parts)
        {
            Add(parts, Name(part), Number(count), ((double)count / Math.Max(1, counts.ParameterCount)).ToString("0.0 %", CultureInfo.InvariantCulture));
        }

        Add(parts, "all", Number(counts.ParameterCount), "");
        console.Write(parts);
        var length = counts.MaximumLength;
        Line(console, $"{counts.BlockCount} blocks{(counts.WindowedBlockCount == 0 ? "" : $", {counts.WindowedBlockCount} of them see a window")}; "
            + (length is { } bound ? $"at most {Number(bound)} positions" : "positions set no bound"));
        var memory = Table("type", "weights", "training", "+ activations per token", "cache per token", length is null ? "" : "cache, full length");
        foreach (var column in memory.Columns.Skip(1))
        {
            column.RightAligned();
        }

        foreach (var row in MemoryEstimate.All(counts))
        {
            Add(
                memory,
                row.Type,
                Bytes(row.Weights),
                row.Training is { } training ? Bytes(training) : "-",
                row.ActivationsPerToken is { } kept ? "~" + Bytes(kept) : "-",
                row.CachePerToken == 0 ? "-" : Bytes(row.CachePerToken),
                row.CachePerToken == 0 || length is null ? "" : Bytes((double)row.CachePerToken * length.Value));
        }

        console.Write(memory);
    }

    private static string Name(ModelPart part) => part switch
    {
        ModelPart.FeedForward => "feed-forward",
        _ => part.ToString().ToLowerInvariant(),
    };

    private static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static Table Table(params string[] headers)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(new Text(header)));
        }

        return table;
    }

    private static void Add(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(PlainText.Clean(cell))));

    private static void Line(IAnsiConsole console, string text) => console.WriteLine(PlainText.Clean(text));
}
