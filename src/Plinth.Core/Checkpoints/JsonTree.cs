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
            using var document = JsonDocument.Parse(text, new() { MaxDepth = DeepestPart, AllowDuplicateProperties = false });
            Visit(document.RootElement);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("A name or a text holds half of a surrogate pair.", error);
        }

        return JsonNode.Parse(text);
    }

    // A tree decodes names and texts when they are asked for, which would be too late for an error that names the file.
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
