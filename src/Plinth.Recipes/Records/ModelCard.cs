using System.Globalization;
using System.Text;
using Plinth.Recipes.Reports;

namespace Plinth.Recipes.Records;

/// <summary>The card of a model: what it is, what it was made of and what it is worth, in Markdown with the head that hubs read. Written from a record alone.</summary>
public static class ModelCard
{
    /// <summary>Name of the file in a checkpoint's folder.</summary>
    public const string FileName = "README.md";

    private const int MostNames = 30;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>Writes the card.</summary>
    public static string Write(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(PlainText.Clean(line)).Append('\n');
        Line("---");
        Line("library_name: plinth");
        Line($"tags: [{string.Join(", ", new[] { record.ModelType, record.Task }.OfType<string>())}]");
        Line("---");
        Line();
        Line($"# {record.Name}");
        Line();
        Line($"A `{record.ModelType}` with {Count(record.TrainedCount)} trained weights, {(record.Task is { } task ? $"adapted to `{task}`" : "pre-trained by self-supervision")} in {Count(record.Steps)} steps on {Count(record.ElementsSeen)} elements (tokens or patches), seed {record.Seed}.");
        Line();
        Line("## What it is worth");
        Line();
        Table(["score", "value"], record.Scores.Select(score => (string[])[score.Key.Replace('_', ' '), score.Value.ToString("0.0000", CultureInfo.InvariantCulture)]), "No scores were taken.");
        if (record.Losses is [var first, .., var last])
        {
            Line($"Training loss from {Loss(first)} to {Loss(last)}: `{Curve(record.Losses)}`");
            Line();
        }

        Line("## What it was made of");
        Line();
        Table(
            ["key", "path", "files", "bytes", "SHA-256"],
            record.Data.Select(data => (string[])[data.Key, $"`{data.Path.Replace('|', '/')}`", Count(data.FileCount), Count(data.ByteCount), $"`{data.Hash}`"]), "The data is built in or drawn; the recipe says which.");
        foreach (var (title, counts) in record.Data.SelectMany(data => new[] { ($"licence of {data.Key}", data.Licenses), ($"origin of {data.Key}", data.Origins) }))
        {
            if (counts is not null)
            {
                Table([title, "documents"], Named(counts), "");
            }
        }

        Line("## How it was made");
        Line();
        Table(
            ["", ""],
            [
                .. record.Software.Concat(record.Machine).Select(fact => (string[])[fact.Key, fact.Value]),
                ["training", TimeSpan.FromSeconds(Math.Round(record.Seconds)).ToString("c", CultureInfo.InvariantCulture)],
                ["energy", $"about {record.WattHours.ToString("0.0##", CultureInfo.InvariantCulture)} Wh, at 10 W for each thread; no meter was read"],
                ["ended", record.Ended.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)],
            ], "");
        Line("```yaml");
        text.Append(record.Recipe.TrimEnd()).Append('\n');
        Line("```");
        Line();
        Line("`plinth verify` on the folder of the run hashes data and files again, scores the model again and trains its first steps again.");
        return text.ToString();

        void Table(string[] header, IEnumerable<string[]> rows, string otherwise)
        {
            string[][] all = [.. rows];
            if (all.Length == 0)
            {
                Line(otherwise);
                Line();
                return;
            }

            foreach (var row in all.Prepend([.. header.Select(_ => "---")]).Prepend(header))
            {
                Line($"| {string.Join(" | ", row)} |");
            }

            Line();
        }
    }

    private static IEnumerable<string[]> Named(SortedDictionary<string, long> counts)
    {
        var sorted = counts.OrderByDescending(count => count.Value).ToArray();
        return sorted.Take(MostNames).Select(count => (string[])[count.Key.Length == 0 ? "not known" : count.Key.Replace('|', '/').ReplaceLineEndings(" "), Count(count.Value)])
            .Concat(sorted.Length <= MostNames ? [] : [["others", Count(sorted.Skip(MostNames).Sum(count => count.Value))]]);
    }

    private static string Curve(IReadOnlyList<RecordedLoss> losses)
    {
        var finite = losses.Select(loss => loss.Loss).Where(double.IsFinite).ToList();
        var (least, most) = finite.Count > 0 ? (finite.Min(), finite.Max()) : (0, 0);
        return string.Concat(losses.Select(loss => double.IsFinite(loss.Loss) ? Blocks[most > least ? (int)Math.Round((loss.Loss - least) / (most - least) * (Blocks.Length - 1)) : 0] : '?'));
    }

    private static string Loss(RecordedLoss loss) => $"{loss.Loss.ToString("0.000", CultureInfo.InvariantCulture)} (step {Count(loss.Step)})";

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
