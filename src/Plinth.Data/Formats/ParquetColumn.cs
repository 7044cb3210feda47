using System.Globalization;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using Plinth.Core;

namespace Plinth.Data.Formats;

/// <summary>A column of a Parquet file: values, lists of values, or a record of such columns.</summary>
internal abstract record ParquetColumn(string Name, ColumnKind Kind)
{
    /// <exception cref="BadInputException">The column is nested in another way.</exception>
    public static ParquetColumn Of(Field field, string path) => field switch
    {
        DataField data => new ValueColumn(data.Name, data, data.IsArray || data.MaxRepetitionLevel > 0),
        ListField { Item: DataField item } list => new ValueColumn(list.Name, item, true),
        StructField record => new RecordColumn(record.Name, [.. record.Fields.Select(inner => Of(inner, path))]),
        _ => throw new BadInputException(
            $"{path}: the column '{field.Name}' is {field.SchemaType.ToString().ToLowerInvariant()} of a form that is not read. Read are values, lists of values and records of these; leave the column out, or write JSON lines."),
    };

    /// <summary>One value per row of a group.</summary>
    public abstract IReadOnlyList<JsonNode?> Read(ParquetRowGroupReader group);

    private sealed record RecordColumn(string Name, IReadOnlyList<ParquetColumn> Fields) : ParquetColumn(Name, ColumnKind.Json)
    {
        public override IReadOnlyList<JsonNode?> Read(ParquetRowGroupReader group)
        {
            IReadOnlyList<JsonNode?>[] inner = [.. Fields.Select(field => field.Read(group))];
            return [.. Enumerable.Range(0, (int)group.RowCount).Select(row =>
                (JsonNode?)new JsonObject(Fields.Select((field, i) => KeyValuePair.Create(field.Name, inner[i][row]))))];
        }
    }

    private sealed record ValueColumn(string Name, DataField Field, bool IsList) : ParquetColumn(Name, KindOf(Field, IsList))
    {
        public override IReadOnlyList<JsonNode?> Read(ParquetRowGroupReader group)
        {
            using var column = group.ReadRawColumnDataBaseAsync(Field).AsTask().GetAwaiter().GetResult();
            var values = Values(column, Field);
            var rows = new JsonNode?[group.RowCount];
            ReadOnlySpan<int> present = Field.MaxDefinitionLevel > 0 ? column.DefinitionLevels : [];
            ReadOnlySpan<int> repeated = Field.MaxRepetitionLevel > 0 ? column.RepetitionLevels : [];
            var count = present.IsEmpty ? rows.Length : present.Length;
            // A value that is there has the deepest level; in a list one step less is a missing item, two less an empty list.
            var missingItem = Field.MaxDefinitionLevel - (Field.IsNullable ? 1 : 0);
            for (var (i, row, next) = (0, -1, 0); i < count; i++)
            {
                row += repeated.IsEmpty || repeated[i] == 0 ? 1 : 0;
                var isThere = present.IsEmpty || present[i] == Field.MaxDefinitionLevel;
                var value = isThere ? values(next++) : null;
                if (!IsList)
                {
                    rows[row] = value;
                }
                else if (isThere || present[i] >= missingItem)
                {
                    ((JsonArray)(rows[row] ??= new JsonArray())).Add(value);
                }
                else if (present[i] == missingItem - 1)
                {
                    rows[row] ??= new JsonArray();
                }
            }

            return rows;
        }
    }

    private static ColumnKind KindOf(DataField field, bool isList) =>
        isList ? field.ClrType == typeof(float) || field.ClrType == typeof(double) ? ColumnKind.Vector : ColumnKind.Json
        : field.ClrType == typeof(bool) ? ColumnKind.Flag
        : field.ClrType == typeof(float) || field.ClrType == typeof(double) || field.ClrType == typeof(decimal) ? ColumnKind.Number
        : field.ClrType == typeof(byte) || field.ClrType == typeof(sbyte) || field.ClrType == typeof(short) || field.ClrType == typeof(ushort)
            || field.ClrType == typeof(int) || field.ClrType == typeof(uint) || field.ClrType == typeof(long) ? ColumnKind.Whole
        : ColumnKind.Text;

    private static Func<int, JsonNode?> Values(RawColumnData column, DataField field) => column switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => i => JsonValue.Create(texts.Values[i].ToString()),
        RawColumnData<ReadOnlyMemory<byte>> blobs => i => JsonValue.Create(blobs.Values[i].ToArray()),
        RawColumnData<bool> flags => i => JsonValue.Create(flags.Values[i]),
        RawColumnData<sbyte> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<byte> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<short> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<ushort> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<int> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<uint> numbers => i => JsonValue.Create((long)numbers.Values[i]),
        RawColumnData<long> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<ulong> numbers => i => JsonValue.Create(numbers.Values[i].ToString(CultureInfo.InvariantCulture)),
        // What is no number has no form in JSON.
        RawColumnData<float> numbers => i => float.IsFinite(numbers.Values[i]) ? JsonValue.Create(numbers.Values[i]) : null,
        RawColumnData<double> numbers => i => double.IsFinite(numbers.Values[i]) ? JsonValue.Create(numbers.Values[i]) : null,
        RawColumnData<decimal> numbers => i => JsonValue.Create(numbers.Values[i]),
        RawColumnData<DateTime> times => i => JsonValue.Create(times.Values[i].ToString("O", CultureInfo.InvariantCulture)),
        RawColumnData<Guid> ids => i => JsonValue.Create(ids.Values[i].ToString()),
        _ => throw new BadInputException($"The column '{field.Path}' holds {field.ClrType.Name}, which is not read. Leave it out, or write JSON lines."),
    };
}
