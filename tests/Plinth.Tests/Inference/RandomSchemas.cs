using System.Text.Json.Nodes;

namespace Plinth.Tests.Inference;

/// <summary>Schemas of the supported keywords, drawn at random.</summary>
internal sealed class RandomSchemas(int seed)
{
    private static readonly string[] Names = ["name", "age", "é", "tags", "a\"b", "x", "items", "日本", "kind", "long property name"];
    private static readonly string[] Formats = ["date", "time", "date-time", "uuid"];
    private readonly Random random = new(seed);

    public JsonObject Next()
    {
        var schema = Value(3);
        schema["$defs"] = new JsonObject
        {
            ["tree"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["value"] = Leaf(), ["children"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/$defs/tree" }, ["maxItems"] = 2 } },
                ["required"] = new JsonArray("value"),
                ["additionalProperties"] = false,
            },
        };
        return schema;
    }

    private JsonObject Value(int depth) => depth == 0 ? Leaf() : random.Next(10) switch
    {
        0 or 1 or 2 => Object(depth),
        3 or 4 => Array(depth),
        5 => new() { [random.Next(2) == 0 ? "anyOf" : "anyOf"] = new JsonArray(Value(depth - 1), Leaf()) },
        6 => new() { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["maxLength"] = 4 }, new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "null" }) },
        7 => new() { ["$ref"] = "#/$defs/tree" },
        8 => new() { ["type"] = "object", ["additionalProperties"] = Leaf() },
        _ => Leaf(),
    };

    private JsonObject Leaf() => random.Next(12) switch
    {
        0 => new() { ["type"] = "string" },
        1 => Text(),
        2 => new() { ["type"] = "integer" },
        3 => Bounded("integer"),
        4 => new() { ["type"] = "number" },
        5 => Bounded("number"),
        6 => new() { ["type"] = "boolean" },
        7 => new() { ["type"] = new JsonArray("string", "null"), ["minLength"] = 2 },
        8 => new() { ["enum"] = new JsonArray("red", "green \"x\"", "grün", 7, null, 2.5) },
        9 => new() { ["const"] = new JsonObject { ["a"] = new JsonArray(1, "b") } },
        10 => new() { ["type"] = "string", ["format"] = Formats[random.Next(Formats.Length)] },
        _ => new(),
    };

    private JsonObject Text()
    {
        var minimum = random.Next(6);
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = minimum };
        if (random.Next(3) > 0)
        {
            schema["maxLength"] = minimum + random.Next(6);
        }

        return schema;
    }

    private JsonObject Bounded(string type)
    {
        var low = random.Next(-2000, 2000);
        var schema = new JsonObject { ["type"] = type };
        if (random.Next(3) > 0)
        {
            schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = type == "number" && random.Next(2) == 0 ? low + 0.25 : low;
        }

        if (random.Next(3) > 0)
        {
            schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = low + 2 + random.Next(500);
        }

        return schema;
    }

    private JsonObject Array(int depth)
    {
        var minimum = random.Next(3);
        var schema = new JsonObject { ["type"] = "array", ["items"] = Value(depth - 1), ["minItems"] = minimum };
        if (random.Next(2) == 0)
        {
            schema["maxItems"] = minimum + random.Next(3);
        }

        return schema;
    }

    private JsonObject Object(int depth)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var name in random.GetItems(Names, random.Next(1, 5)).Distinct())
        {
            properties[name] = Value(depth - 1);
            if (random.Next(2) == 0)
            {
                required.Add(name);
            }
        }
        return new() { ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false };
    }
}
