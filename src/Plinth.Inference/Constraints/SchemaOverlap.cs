using System.Text.Json;

namespace Plinth.Inference.Constraints;

/// <summary>Proves that no value keeps two alternatives of a <c>oneOf</c>: by their types, their constants, or a property that tells them apart.</summary>
internal sealed class SchemaOverlap(JsonElement document)
{
    private const int MostDepth = 8, MostSteps = 1_000_000;

    private int steps;

    /// <exception cref="ConstraintException">Two alternatives may overlap.</exception>
    public void Check(IReadOnlyList<JsonElement> alternatives, string place)
    {
        for (var i = 0; i < alternatives.Count; i++)
        {
            for (var j = i + 1; j < alternatives.Count; j++)
            {
                if (!AreApart(alternatives[i], alternatives[j], 0))
                {
                    throw new ConstraintException("oneOf", $"{place}: the alternatives {i} and {j} of 'oneOf' may both hold for one value, which it forbids. Write 'anyOf', or give each a constant that tells it from the others.");
                }
            }
        }
    }

    private bool AreApart(JsonElement one, JsonElement other, int depth)
    {
        if (++steps > MostSteps)
        {
            throw new ConstraintException("oneOf", "The alternatives of 'oneOf' are too many to be told apart. Write 'anyOf', or fewer of them.");
        }

        (one, other) = (Followed(one), Followed(other));
        if (depth > MostDepth || one.ValueKind != JsonValueKind.Object || other.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var name in (string[])["anyOf", "oneOf"])
        {
            if (one.TryGetProperty(name, out var first) && first.ValueKind == JsonValueKind.Array)
            {
                return first.EnumerateArray().All(alternative => AreApart(alternative, other, depth + 1));
            }

            if (other.TryGetProperty(name, out var second) && second.ValueKind == JsonValueKind.Array)
            {
                return second.EnumerateArray().All(alternative => AreApart(one, alternative, depth + 1));
            }
        }

        if (Types(one) is { } types && Types(other) is { } otherTypes && !types.Overlaps(otherTypes))
        {
            return true;
        }

        if (Constants(one) is { } values && Constants(other) is { } otherValues)
        {
            return !values.Any(value => otherValues.Any(second => JsonElement.DeepEquals(value, second)));
        }

        return Types(one) is { } a && Types(other) is { } b && a.SetEquals(["object"]) && b.SetEquals(["object"])
            && Required(one).Intersect(Required(other)).Any(name => Property(one, name) is { } first && Property(other, name) is { } second && AreApart(first, second, depth + 1));
    }

    private JsonElement Followed(JsonElement schema)
    {
        for (var i = 0; i < MostDepth && schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var pointer); i++)
        {
            var target = document;
            foreach (var step in (pointer.ValueKind == JsonValueKind.String ? pointer.GetString()! : "").Split('/').Skip(1))
            {
                if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(step, out target))
                {
                    return default;
                }
            }

            schema = target;
        }

        return schema;
    }

    /// <summary>The types of a schema, with whole numbers as numbers; null when it does not say.</summary>
    private static HashSet<string>? Types(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return Constants(schema) is { } values ? [.. values.Select(value => value.ValueKind switch
            {
                JsonValueKind.String => "string",
                JsonValueKind.Number => "number",
                JsonValueKind.True or JsonValueKind.False => "boolean",
                JsonValueKind.Null => "null",
                JsonValueKind.Array => "array",
                _ => "object",
            })] : null;
        }

        IEnumerable<JsonElement> named = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : [type];
        return [.. named.Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : "").Select(name => name == "integer" ? "number" : name)];
    }

    private static List<JsonElement>? Constants(JsonElement schema) =>
        schema.TryGetProperty("const", out var value) ? [value]
        : schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()]
        : null;

    private static IEnumerable<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)
            : [];

    private static JsonElement? Property(JsonElement schema, string name) =>
        schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(name, out var found) ? found : null;
}
