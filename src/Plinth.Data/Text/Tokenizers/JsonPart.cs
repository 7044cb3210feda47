using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>An object in a tokenizer file, which knows its place for messages and refuses what it does not know.</summary>
/// <param name="Element">The object.</param>
/// <param name="Where">File and place in it.</param>
internal readonly record struct JsonPart(JsonElement Element, string Where)
{
    public string Type => Text("type");

    /// <exception cref="BadInputException">The object holds a key that is not listed.</exception>
    public JsonPart Knows(params ReadOnlySpan<string> keys)
    {
        foreach (var property in Element.EnumerateObject())
        {
            if (property.Name != "type" && !keys.Contains(property.Name))
            {
                throw new BadInputException($"{Where} has the option '{property.Name}', which is not known. Known: {string.Join(", ", keys.ToArray())}.");
            }
        }
        return this;
    }

    public bool Has(string key) => Element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    public string Text(string key) => OptionalText(key) ?? throw Missing(key, "a text");

    public string? OptionalText(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var value = Element.GetProperty(key);
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Missing(key, "a text");
    }

    public bool Flag(string key, bool otherwise = false)
    {
        if (!Has(key))
        {
            return otherwise;
        }

        var value = Element.GetProperty(key);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Missing(key, "true or false");
    }

    public int Number(string key) => OptionalNumber(key) ?? throw Missing(key, "a whole number");

    public int? OptionalNumber(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var value = Element.GetProperty(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Missing(key, "a whole number");
    }

    public char Character(string key, char? otherwise = null)
    {
        if (otherwise is { } given && !Has(key))
        {
            return given;
        }

        return Text(key) is { Length: 1 } text ? text[0] : throw Missing(key, "one character");
    }

    public JsonPart Child(string key) => OptionalChild(key) ?? throw Missing(key, "an object");

    public JsonPart? OptionalChild(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var value = Element.GetProperty(key);
        return value.ValueKind == JsonValueKind.Object ? new(value, $"{Where}.{key}") : throw Missing(key, "an object");
    }

    /// <summary>The objects of a list.</summary>
    public List<JsonPart> Children(string key)
    {
        List<JsonPart> parts = [];
        foreach (var item in Items(key))
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw Missing(key, "a list of objects");
            }

            parts.Add(new(item, $"{Where}.{key}[{parts.Count}]"));
        }
        return parts;
    }

    public JsonElement.ArrayEnumerator Items(string key) => Has(key) && Element.GetProperty(key) is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray()
        : throw Missing(key, "a list");

    public BadInputException Unknown(string what, params ReadOnlySpan<string> known) =>
        new($"{Where}: there is no {what} '{OptionalText("type")}'. Known: {string.Join(", ", known.ToArray())}.");

    public BadInputException Missing(string key, string what) => new($"{Where}: '{key}' must be {what}.");
}
