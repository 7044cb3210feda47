using System.Globalization;
using System.Text.Json;

namespace Plinth.Data.Text.Batching;

/// <summary>Where a document of a store comes from.</summary>
/// <param name="Place">A file, or a line of one.</param>
/// <param name="License">The licence that was named with it, or null.</param>
/// <param name="Origin">Whom it is from, or null.</param>
public sealed record DocumentSource(string Place, string? License, string? Origin);

/// <summary>
/// Writes where documents come from. Neighbours of one file share an entry and differ in the number of the line alone, so that it takes two
/// numbers a document.
/// </summary>
internal sealed class DocumentSourceWriter(IColumnSink sink)
{
    private readonly ColumnWriter<long> places = sink.Create<long>(DocumentSources.Places);
    private readonly ColumnWriter<byte> names = sink.Create<byte>(DocumentSources.Names);
    private DocumentSource? last;
    private long lastStart;

    public void Add(Document document)
    {
        var (place, number) = Parted(document.Source);
        var source = new DocumentSource(place, document.License, document.Origin);
        if (source != last)
        {
            (last, lastStart) = (source, names.Count);
            foreach (var value in JsonSerializer.SerializeToUtf8Bytes(source))
            {
                names.Add(value);
            }

            names.Add((byte)'\n');
        }

        places.Add(lastStart);
        places.Add(number);
    }

    // What follows the last colon is a line, as all readers write it; a number that begins with 0 would not come back as it was.
    private static (string Place, long Number) Parted(string source)
    {
        var colon = source.LastIndexOf(':');
        var line = source.AsSpan(colon + 1);
        return colon > 0 && line.Length is > 0 and < 19 && line[0] != '0' && !line.ContainsAnyExceptInRange('0', '9')
            ? (source[..colon], long.Parse(line, CultureInfo.InvariantCulture))
            : (source, DocumentSources.NoNumber);
    }
}

/// <summary>Tells where documents come from.</summary>
internal sealed class DocumentSources(IColumnSource columns)
{
    public const string Places = "places", Names = "names";

    public const long NoNumber = -1;

    private const int LongestName = 1 << 20;

    private readonly Column<long> places = columns.Open<long>(Places);
    private readonly Column<byte> names = columns.Open<byte>(Names);

    /// <summary>Documents that it knows.</summary>
    public long Count => places.Count / 2;

    public DocumentSource Of(int document)
    {
        var place = places.Read(2L * document, 2);
        var entry = names.Read(place[0], (int)Math.Min(LongestName, names.Count - place[0]));
        var source = JsonSerializer.Deserialize<DocumentSource>(entry[..entry.IndexOf((byte)'\n')])!;
        return place[1] == NoNumber ? source : source with { Place = string.Create(CultureInfo.InvariantCulture, $"{source.Place}:{place[1]}") };
    }
}
