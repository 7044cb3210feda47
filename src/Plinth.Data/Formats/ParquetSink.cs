using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Plinth.Core;

namespace Plinth.Data.Formats;

/// <summary>Writes a Parquet file, a row group at a time.</summary>
internal sealed class ParquetSink : RowSink
{
    private const int GroupRows = 4096;
    private readonly IReadOnlyList<DataColumn> columns;
    private readonly HashSet<string> names;
    private readonly ParquetSchema schema;
    private readonly ParquetWriter writer;
    private readonly List<(JsonObject Fields, string Place)> held = [];

    public ParquetSink(Stream stream, IReadOnlyList<DataColumn> columns)
    {
        this.columns = columns;
        names = [.. columns.Select(column => column.Name)];
        schema = new([.. columns.Select(Field)]);
        writer = Done(ParquetWriter.CreateAsync(schema, stream, new() { CompressionMethod = CompressionMethod.Zstd }));
    }

    public override void Write(JsonObject fields, string place)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.FirstOrDefault(field => !names.Contains(field.Key)).Key is { } unknown)
        {
            throw new BadInputException($"{place}: the field '{unknown}' has no column in the file that is written, for no earlier row has it. Write JSON lines (.jsonl) instead.");
        }

        held.Add((fields, place));
        if (held.Count >= GroupRows)
        {
            Flush();
        }
    }

    public override void Complete()
    {
        if (held.Count > 0)
        {
            Flush();
        }

        Done(writer.DisposeAsync().AsTask());
    }

    private static Field Field(DataColumn column) => column.Kind switch
    {
        ColumnKind.Whole => new DataField(column.Name, typeof(long), isNullable: true),
        ColumnKind.Number => new DataField(column.Name, typeof(double), isNullable: true),
        ColumnKind.Flag => new DataField(column.Name, typeof(bool), isNullable: true),
        ColumnKind.Vector => new ListField(column.Name, new DataField("element", typeof(float), isNullable: false)),
        _ => new DataField(column.Name, typeof(string), isNullable: true),
    };

    private void Flush()
    {
        using var group = writer.CreateRowGroup();
        var fields = schema.GetDataFields();
        for (var i = 0; i < columns.Count; i++)
        {
            var (name, field) = (columns[i].Name, fields[i]);
            Done(columns[i].Kind switch
            {
                ColumnKind.Whole => group.WriteAsync<long>(field, Numbers<long>(name)),
                ColumnKind.Number => group.WriteAsync<double>(field, Numbers<double>(name)),
                ColumnKind.Flag => group.WriteAsync<bool>(field, Numbers<bool>(name)),
                ColumnKind.Vector => Vectors(group, field, name),
                var kind => group.WriteAsync(field, held.Select(row => row.Fields[name] is { } value ? kind == ColumnKind.Json ? value.ToJsonString() : TableSink.Text(value, row.Place) : null).ToList()),
            });
        }

        held.Clear();
    }

    private T?[] Numbers<T>(string name) where T : struct => [.. held.Select(row => row.Fields[name] switch
    {
        null => (T?)null,
        JsonValue value when Get<T>(value) is { } number => number,
        var other => throw Unfit(row.Place, name, other),
    })];

    private Task Vectors(ParquetRowGroupWriter group, DataField field, string name)
    {
        List<float> values = [];
        List<int> present = [], repeated = [];
        foreach (var (fields, place) in held)
        {
            var array = fields[name] switch { null => null, JsonArray items => items, var other => throw Unfit(place, name, other) };
            var before = values.Count;
            foreach (var item in array ?? [])
            {
                values.Add((float)(item is JsonValue value && Get<double>(value) is { } number ? number : throw Unfit(place, name, array)));
                present.Add(field.MaxDefinitionLevel);
                repeated.Add(values.Count == before + 1 ? 0 : 1);
            }

            if (values.Count == before)
            {
                present.Add(array is null ? 0 : field.MaxDefinitionLevel - 1);
                repeated.Add(0);
            }
        }

        return group.WriteAllPartsAsync<float>(field, values.ToArray(), present.ToArray(), repeated.ToArray(), CancellationToken.None);
    }

    private static T? Get<T>(JsonValue value) where T : struct
    {
        if (value.TryGetValue<T>(out var exact))
        {
            return exact;
        }

        // A number made in memory has one type; through its text it has any that fits.
        try
        {
            return value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? JsonSerializer.Deserialize<T>(value.ToJsonString()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static BadInputException Unfit(string place, string name, JsonNode? value)
    {
        var text = value?.ToJsonString() ?? "null";
        return new($"{place}: the field '{name}' is {text[..Math.Min(60, text.Length)]}, and the earlier rows of its column hold something else. Write JSON lines (.jsonl) instead.");
    }

    private static T Done<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Done(Task task) => task.GetAwaiter().GetResult();
}
