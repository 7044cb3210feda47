using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Formats;

/// <summary>Writes one JSON object a line.</summary>
internal sealed class JsonLinesSink(Stream stream, bool ownsStream) : RowSink
{
    public override void Write(JsonObject fields, string place)
    {
        ArgumentNullException.ThrowIfNull(fields);
        try
        {
            JsonSerializer.Serialize(stream, fields, PlainJson.Options);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new BadInputException($"{place}: a field cannot be written again: {error.Message}", error);
        }

        stream.WriteByte((byte)'\n');
    }

    public override void Complete() => stream.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsStream)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
