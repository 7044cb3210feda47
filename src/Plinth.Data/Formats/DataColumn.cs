using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plinth.Data.Formats;

/// <summary>What the fields of a column are.</summary>
public enum ColumnKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Whole numbers of 64 bits.</summary>
    Whole,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>Lists of numbers, kept in 32 bits each where the file has types.</summary>
    Vector,

    /// <summary>Lists and records, as JSON text where the file has no such thing.</summary>
    Json,
}

/// <summary>A column of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its fields are; any of them may be missing.</param>
public sealed record DataColumn(string Name, ColumnKind Kind)
{
    /// <summary>Finds the columns of rows that do not say them, in the order in which they first occur.</summary>
    /// <param name="rows">The first rows of a file.</param>
    public static IReadOnlyList<DataColumn> Of(IEnumerable<JsonObject> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var kinds = new OrderedDictionary<string, ColumnKind?>(StringComparer.Ordinal);
        foreach (var (name, value) in rows.SelectMany(row => row))
        {
            var before = kinds.GetValueOrDefault(name);
            kinds[name] = value is null ? before : Join(before, KindOf(value));
        }

        return [.. kinds.Select(column => new DataColumn(column.Key, column.Value ?? ColumnKind.Text))];
    }

    private static ColumnKind KindOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => ColumnKind.Text,
        JsonValueKind.True or JsonValueKind.False => ColumnKind.Flag,
        JsonValueKind.Number => value.AsValue().TryGetValue<long>(out _) ? ColumnKind.Whole : ColumnKind.Number,
        _ => ColumnKind.Json,
    };

    // Whole numbers among others are numbers; whatever else is mixed is kept as JSON.
    private static ColumnKind Join(ColumnKind? before, ColumnKind kind) =>
        before is null || before == kind ? kind
        : before is ColumnKind.Whole or ColumnKind.Number && kind is ColumnKind.Whole or ColumnKind.Number ? ColumnKind.Number
        : ColumnKind.Json;
}
