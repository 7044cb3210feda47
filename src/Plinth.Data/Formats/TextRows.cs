using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Formats;

/// <summary>Rows of JSON lines or of a table.</summary>
internal sealed class TextRows : RowSource
{
    private readonly CorpusFile file;
    private readonly CorpusOptions options;
    private readonly long length;
    private Stream? opened;

    public TextRows(string path, CorpusOptions options, string extension)
    {
        this.options = options with { Opened = stream => opened = stream };
        file = CorpusWalk.Expand(path, this.options) with { Extension = extension };
        length = new FileInfo(path).Length;
    }

    /// <summary>Rows of what is no file of its own; how far it is read is not known before its end.</summary>
    public TextRows(CorpusFile file, CorpusOptions options) => (this.file, this.options) = (file, options);

    /// <summary>By the bytes of the file itself, packed ones too.</summary>
    public override double Progress
    {
        get
        {
            try
            {
                return opened is null || length == 0 ? 0 : Math.Min(1, (double)opened.Position / length);
            }
            catch (ObjectDisposedException)
            {
                return 1;
            }
        }
    }

    public override IReadOnlyList<DataColumn>? Columns => null;

    public override IEnumerable<DataRow> Rows() => Csv.IsTable(file.Extension) ? Table() : Lines();

    private IEnumerable<DataRow> Table() => Csv.Rows(file, options).Select(row => new DataRow(
        new(row.Columns.Zip(row.Fields, (column, field) => KeyValuePair.Create<string, JsonNode?>(column, JsonValue.Create(field)))), $"{file.Name}:{row.Line}", IsText: true));

    private IEnumerable<DataRow> Lines()
    {
        foreach (var line in JsonLines.Objects(file, options))
        {
            if (options.Attempt(() => new DataRow(Fields(line), line.Place)) is { } row)
            {
                yield return row;
            }
        }
    }

    private JsonObject Fields(JsonLine line)
    {
        try
        {
            JsonObject fields = [];
            foreach (var property in line.Root.EnumerateObject())
            {
                // Of a name that stands twice the later value holds, as most readers have it.
                fields[property.Name] = Node(property.Value);
            }

            return fields.Count <= options.MaxColumns ? fields : throw new BadInputException($"{line.Place}: {fields.Count:N0} fields; at most {options.MaxColumns:N0} are read.");
        }
        catch (InvalidOperationException error)
        {
            throw new BadInputException($"{line.Place}: the name of a field holds half of a surrogate pair, which is no text.", error);
        }
    }

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };
}
