using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Preparation;

/// <summary>The report of a preparation for people, in Markdown.</summary>
internal static class PreparationReport
{
    private const int MostNames = 50;

    public static string Write(PreparationRecord record)
    {
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        Line("# Prepared corpus");
        Line();
        Line($"{Count(record.DocumentsRead)} documents ({Count(record.CharactersRead)} characters) read, {Count(record.DocumentsKept)} ({Count(record.CharactersKept)} characters, {Percent(record.CharactersKept, record.CharactersRead)}) kept, in {Count(record.Shards.Count)} shards."
            + (record.MalformedRows > 0 ? $" {Count(record.MalformedRows)} malformed rows were left out." : ""));
        Line();
        Table(text, ["step", "documents in", "out", "characters in", "out", "left out"], record.Steps.Select(step => (string[])
            [step.Name, Count(step.DocumentsIn), Count(step.DocumentsOut), Count(step.CharactersIn), Count(step.CharactersOut), Percent(step.DocumentsIn - step.DocumentsOut, step.DocumentsIn)]));
        Names(text, "Licences", record.Licenses);
        Names(text, "Origins", record.Origins);
        Names(text, "Languages", record.Languages);
        foreach (var step in record.Steps.Where(step => step.Rejected.Count + step.Done.Count > 0))
        {
            Step(text, step);
        }

        return text.ToString();
    }

    private static void Step(StringBuilder text, StepRecord step)
    {
        text.Append($"## {step.Name}\n\n");
        Table(text, ["left out by", "documents"], Sorted(step.Rejected));
        Table(text, ["done", "times"], Sorted(step.Done));
        Table(text, ["left out, for example", "because", "it begins"], step.Samples.Select(sample => (string[])[sample.Source, $"{sample.Rule}: {sample.Reason}", sample.Beginning]));
    }

    private static void Names(StringBuilder text, string title, SortedDictionary<string, long> counts)
    {
        text.Append($"## {title}\n\n");
        Table(text, ["", "documents kept"], Sorted(counts));
    }

    private static IEnumerable<string[]> Sorted(SortedDictionary<string, long> counts)
    {
        var sorted = counts.OrderByDescending(count => count.Value).ToArray();
        return sorted.Take(MostNames).Select(count => (string[])[count.Key.Length == 0 ? "not known" : count.Key, Count(count.Value)])
            .Concat(sorted.Length <= MostNames ? [] : [[$"{Count(sorted.Length - MostNames)} more", Count(sorted.Skip(MostNames).Sum(count => count.Value))]]);
    }

    private static void Table(StringBuilder text, string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }

        foreach (var row in all.Prepend([.. header.Select(_ => "---")]).Prepend(header))
        {
            text.Append($"| {string.Join(" | ", row.Select(Cell))} |\n");
        }

        text.Append('\n');
    }

    // Foreign text must not end the cell, nor become markup.
    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(long part, long whole) => (100 * TextShape.Share(part, whole)).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
