using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plinth.Core.Checkpoints;

/// <summary>Reads JSON all of whose names and texts can be asked for afterwards without an error.</summary>
public static class JsonTree
{
    private const int DeepestPart = 32;

    /// <summary>Reads a text.</summary>
    /// <param name="text">The JSON, without a byte order mark.</param>
    /// <exception cref="JsonException">It is malformed, nested too deep, names a field twice or holds half of a surrogate pair.</exception>
    public static JsonNode? Parse(string text)
    {
        try
        {
            // Names are decoded here already, to be compared with each other.
            using var document = JsonDocument.Parse(text, new() { MaxDepth = DeepestPart, AllowDuplicateProperties = false });
            Visit(document.RootElement);
        }
        catch (InvalidOperationException error)
        {
            throw HalfPair(error);
        }

        return JsonNode.Parse(text);
    }

    /// <summary>Refuses what would be an error only when it is asked for: names and texts are decoded then, which is too late for a message that names the file.</summary>
    /// <param name="element">Parsed JSON.</param>
    /// <exception cref="JsonException">A name or a text holds half of a surrogate pair.</exception>
    public static void Check(JsonElement element)
    {
        try
        {
            Visit(element);
        }
        catch (InvalidOperationException error)
        {
            throw HalfPair(error);
        }
    }

    private static JsonException HalfPair(Exception cause) => new("A name or a text holds half of a surrogate pair.", cause);

    private static void Visit(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Visit(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Visit(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            default:
                break;
        }
    }
}
