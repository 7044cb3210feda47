using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plinth.Export;

/// <summary>Typed reading of a config.json; every error names the file and the field.</summary>
/// <param name="Json">The object.</param>
/// <param name="Path">Its file, for messages.</param>
internal sealed record ConfigReader(JsonObject Json, string Path)
{
    private const long LargestSize = int.MaxValue;

    /// <summary>A size between 1 and 2³¹−1.</summary>
    public int Size(string field, int? otherwise = null)
    {
        var value = Whole(field) ?? otherwise ?? throw Wrong(field, "is missing");
        return value is >= 1 and <= LargestSize ? (int)value : throw Wrong(field, $"is {value} and must be at least 1");
    }

    /// <summary>A whole number, or null where it is absent.</summary>
    public long? Whole(string field) => Json[field] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<long>(out var whole) => whole,
        _ => throw Wrong(field, "is no whole number"),
    };

    /// <summary>A finite number.</summary>
    public double Number(string field, double? otherwise = null) => Json[field] switch
    {
        null => otherwise ?? throw Wrong(field, "is missing"),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<double>(out var number) && double.IsFinite(number) => number,
        _ => throw Wrong(field, "is no finite number"),
    };

    /// <summary>True or false.</summary>
    public bool Flag(string field, bool otherwise) => Json[field] switch
    {
        null => otherwise,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw Wrong(field, "is neither true nor false"),
    };

    /// <summary>Text.</summary>
    public string Text(string field, string? otherwise = null) => Json[field] switch
    {
        null => otherwise ?? throw Wrong(field, "is missing"),
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw Wrong(field, "is no text"),
    };

    /// <summary>An object inside, or null where it is absent.</summary>
    public ConfigReader? Part(string field) => Json[field] switch
    {
        null => null,
        JsonObject part => new(part, $"{Path}: {field}"),
        _ => throw Wrong(field, "is no object"),
    };

    /// <summary>Refuses a value other than the one whose mathematics is known.</summary>
    public void Only(string field, bool supported)
    {
        if (Flag(field, supported) != supported)
        {
            throw Wrong(field, $"is {(supported ? "false" : "true")}, which cannot be exported");
        }
    }

    /// <summary>An error about one field.</summary>
    public ExportException Wrong(string field, string what) => new($"{Path}: {field} {what}.");
}
