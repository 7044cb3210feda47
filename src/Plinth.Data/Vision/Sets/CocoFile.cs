using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plinth.Data.Vision;

/// <summary>What is read of a file of COCO; everything else in it is passed over without being kept.</summary>
internal sealed class CocoFile
{
    /// <summary>How it is read.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false };

    public CocoItems<CocoImage>? Images { get; init; }

    public CocoItems<CocoAnnotation>? Annotations { get; init; }

    public CocoItems<CocoCategory>? Categories { get; init; }
}

/// <summary>A list that refuses to grow without end while it is read.</summary>
internal sealed class CocoItems<T> : Collection<T> where T : class
{
    // The largest published sets have some ten millions of boxes.
    private const int Most = 30_000_000;

    protected override void InsertItem(int index, T item) => base.InsertItem(
        index < Most ? index : throw new JsonException($"A list has more than {Most.ToString("N0", CultureInfo.InvariantCulture)} items. Split the file."),
        item ?? throw new JsonException("An item of a list is null."));
}

/// <summary>A picture.</summary>
internal sealed class CocoImage
{
    [JsonRequired]
    public long Id { get; init; }

    public string? FileName { get; init; }

    public int? Height { get; init; }

    public int? Width { get; init; }
}

/// <summary>A thing in a picture.</summary>
internal sealed class CocoAnnotation
{
    [JsonRequired]
    public long ImageId { get; init; }

    [JsonRequired]
    public long CategoryId { get; init; }

    public double[]? Bbox { get; init; }

    public int Iscrowd { get; init; }
}

/// <summary>A class of things.</summary>
internal sealed class CocoCategory
{
    [JsonRequired]
    public long Id { get; init; }

    public string? Name { get; init; }
}
