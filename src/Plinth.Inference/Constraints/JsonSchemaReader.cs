using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Inference.Constraints.Grammar;

namespace Plinth.Inference.Constraints;

/// <summary>
/// Makes a grammar of a JSON schema (draft 2020-12). Documents of the grammar keep the schema; it may hold fewer documents than the schema allows: properties come
/// in the schema's order and no others do, numbers with bounds are written without exponent. A keyword that is not known is refused by its name.
/// </summary>
internal sealed class JsonSchemaReader
{
    private const int MostDepth = 100, WholeDigits = 12, FractionDigits = 6, LongDigits = 19;

    // What describes and does not constrain.
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id", "$comment", "$defs", "definitions",
    };

    private static readonly string[] Supported =
    [
        "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "format",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf", "oneOf", "allOf", "$ref",
    ];

    private static readonly string[] Types = ["string", "integer", "number", "boolean", "null", "array", "object"];

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly GrammarBuilder builder;
    private readonly JsonElement document;
    private readonly Dictionary<string, Reference> references = new(StringComparer.Ordinal);

    private JsonSchemaReader(JsonElement document, TokenAlphabet alphabet) => (this.document, builder) = (document, new(alphabet));

    /// <summary>The grammar of any JSON value.</summary>
    public static Rule ReadAny(TokenAlphabet alphabet)
    {
        var builder = new GrammarBuilder(alphabet);
        return Finished(builder, builder.Anything);
    }

    /// <summary>The grammar of a schema.</summary>
    /// <exception cref="ConstraintException">A keyword is not supported or impossible; the message names it and its place.</exception>
    public static Rule Read(JsonElement schema, TokenAlphabet alphabet)
    {
        var reader = new JsonSchemaReader(schema, alphabet);
        try
        {
            return Finished(reader.builder, reader.Value(schema, "#", 0));
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // A text of it, such as a name, cannot be read.
            throw new ConstraintException($"The schema holds a text that is none (half of a surrogate pair): {error.Message}", error);
        }
    }

    private static Rule Finished(GrammarBuilder builder, Rule value)
    {
        var root = builder.Sequence(builder.Space, value);
        builder.Settle();
        return root.MinimumDepth > Rule.DepthLimit || root.MinimumCost >= TokenAlphabet.Unreachable
            ? throw new ConstraintException("", "No document can keep this schema: it refers to itself without an end, nests too deeply, or needs characters that no token of the tokenizer writes.")
            : root;
    }

    private Rule Value(JsonElement schema, string place, int depth)
    {
        if (depth > MostDepth)
        {
            throw new ConstraintException("", $"{place}: the schema is nested more than {MostDepth} deep. Flatten it, or use $ref.");
        }

        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                return builder.Anything;
            case JsonValueKind.False:
                throw new ConstraintException("false", $"{place}: the schema 'false' allows no value. Leave it out.");
            case not JsonValueKind.Object:
                throw new ConstraintException("", $"{place}: a schema is an object, true or false, and this is {schema.ValueKind}.");
        }

        var keywords = Keywords(schema, place);
        return keywords switch
        {
            _ when keywords.ContainsKey("$ref") => Referred(keywords, place, depth),
            _ when keywords.ContainsKey("anyOf") => Union(keywords, "anyOf", place, depth),
            _ when keywords.ContainsKey("oneOf") => Union(keywords, "oneOf", place, depth),
            _ when keywords.ContainsKey("allOf") => Single(keywords, place, depth),
            _ when keywords.ContainsKey("const") || keywords.ContainsKey("enum") => Constants(keywords, place),
            _ => builder.Choice([.. TypesOf(keywords, place).Select(type => OfType(type, keywords, place, depth))]),
        };
    }

    private static Dictionary<string, JsonElement> Keywords(JsonElement schema, string place)
    {
        Dictionary<string, JsonElement> keywords = new(StringComparer.Ordinal);
        foreach (var property in schema.EnumerateObject())
        {
            if (Annotations.Contains(property.Name) || IsIdle(property))
            {
                continue;
            }

            if (!Supported.Contains(property.Name))
            {
                throw new ConstraintException(property.Name, $"{place}: the keyword '{property.Name}' is not supported. Supported: {string.Join(", ", Supported)}.");
            }

            keywords[property.Name] = property.Value;
        }

        return keywords;
    }

    // Values of keywords that ask for nothing.
    private static bool IsIdle(JsonProperty property) => (property.Name, property.Value.ValueKind) is ("uniqueItems", JsonValueKind.False)
        || (property.Name is "minProperties" && property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var count) && count == 0);

    private Reference Referred(Dictionary<string, JsonElement> keywords, string place, int depth)
    {
        Alone(keywords, "$ref", place);
        var pointer = keywords["$ref"].ValueKind == JsonValueKind.String ? keywords["$ref"].GetString()! : "";
        if (!pointer.StartsWith('#'))
        {
            throw new ConstraintException("$ref", $"{place}: $ref '{pointer}' points out of this schema. Only places in it are supported, such as '#/$defs/name'.");
        }

        if (references.TryGetValue(pointer, out var known))
        {
            return known;
        }

        var target = document;
        foreach (var step in pointer[1..].Split('/').Skip(1).Select(step => Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            target = target.ValueKind == JsonValueKind.Object && target.TryGetProperty(step, out var inner) ? inner
                : target.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < target.GetArrayLength() ? target[index]
                : throw new ConstraintException("$ref", $"{place}: $ref '{pointer}' points to nothing in this schema.");
        }

        if (pointer.Length > 1 && pointer[1] != '/')
        {
            throw new ConstraintException("$ref", $"{place}: $ref '{pointer}' names an anchor. Only places are supported, such as '#/$defs/name'.");
        }

        var reference = references[pointer] = builder.Reference();
        reference.Target = Value(target, pointer, depth + 1);
        return reference;
    }

    private Rule Union(Dictionary<string, JsonElement> keywords, string name, string place, int depth)
    {
        var list = keywords[name];
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw new ConstraintException(name, $"{place}: '{name}' is a list of schemas that is not empty.");
        }

        var schemas = list.EnumerateArray().Select(schema => Merged(schema, keywords, name, place)).ToList();
        if (name == "oneOf")
        {
            new SchemaOverlap(document).Check(schemas, place);
        }

        return builder.Choice([.. schemas.Select((schema, i) => Value(schema, $"{place}/{name}/{i}", depth + 1))]);
    }

    /// <summary>An alternative with the type, properties and required names that stand beside all of them.</summary>
    private static JsonElement Merged(JsonElement alternative, Dictionary<string, JsonElement> keywords, string name, string place)
    {
        var beside = keywords.Where(keyword => keyword.Key != name).ToList();
        if (beside.Count == 0)
        {
            return alternative;
        }

        if (beside.FirstOrDefault(keyword => keyword.Key is not ("type" or "required" or "properties" or "additionalProperties")) is { Key: { } other })
        {
            throw new ConstraintException(other, $"{place}: '{other}' beside '{name}' is not supported. Write it into each of the alternatives.");
        }

        if (alternative.ValueKind != JsonValueKind.Object || alternative.TryGetProperty("$ref", out _))
        {
            throw new ConstraintException(name, $"{place}: '{beside[0].Key}' beside '{name}' is supported only where each alternative is written out as an object.");
        }

        var merged = JsonObject.Create(alternative)!.DeepClone().AsObject();
        foreach (var (key, value) in beside)
        {
            if (!merged.ContainsKey(key))
            {
                merged[key] = JsonNode.Parse(value.GetRawText());
            }
            else if (key == "properties")
            {
                // Those that all share come first.
                var both = JsonNode.Parse(value.GetRawText())!.AsObject();
                foreach (var (property, schema) in merged[key]!.AsObject())
                {
                    both[property] = schema?.DeepClone();
                }

                merged[key] = both;
            }
            else if (key == "required")
            {
                merged[key] = new JsonArray([.. value.EnumerateArray().Select(one => one.GetString()).Union(merged[key]!.AsArray().Select(one => (string?)one)).Select(one => (JsonNode?)one)]);
            }
            else if (merged[key]!.ToJsonString() != value.GetRawText())
            {
                throw new ConstraintException(key, $"{place}: '{key}' beside '{name}' is not supported where an alternative says it otherwise. Write it into each of the alternatives.");
            }
        }

        return JsonSerializer.SerializeToElement(merged);
    }

    private Rule Single(Dictionary<string, JsonElement> keywords, string place, int depth)
    {
        Alone(keywords, "allOf", place);
        return keywords["allOf"] is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 1
            ? Value(list[0], $"{place}/allOf/0", depth + 1)
            : throw new ConstraintException("allOf", $"{place}: 'allOf' is supported with one schema alone. Write the schemas as one.");
    }

    private Rule Constants(Dictionary<string, JsonElement> keywords, string place)
    {
        var name = keywords.ContainsKey("const") ? "const" : "enum";
        if (keywords.Keys.FirstOrDefault(key => key != name && key != "type") is { } other)
        {
            throw new ConstraintException(other, $"{place}: '{other}' beside '{name}' is not supported. Leave it out: the values say it all.");
        }

        if (name == "enum" && keywords[name].ValueKind != JsonValueKind.Array)
        {
            throw new ConstraintException(name, $"{place}: 'enum' is a list of values.");
        }

        List<JsonElement> values = name == "const" ? [keywords[name]] : [.. keywords[name].EnumerateArray()];
        if (keywords.ContainsKey("type"))
        {
            var types = TypesOf(keywords, place);
            values = [.. values.Where(value => types.Exists(type => IsOf(value, type)))];
        }

        return values.Count > 0
            ? builder.Choice([.. values.Select(Written).Distinct(StringComparer.Ordinal).Select(builder.Literal)])
            : throw new ConstraintException(name, $"{place}: '{name}' leaves no value of the type.");
    }

    private static bool IsOf(JsonElement value, string type) => (type, value.ValueKind) switch
    {
        ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("null", JsonValueKind.Null)
            or ("array", JsonValueKind.Array) or ("object", JsonValueKind.Object) => true,
        ("integer", JsonValueKind.Number) => value.TryGetDouble(out var number) && Math.Floor(number) == number,
        _ => false,
    };

    private static List<string> TypesOf(Dictionary<string, JsonElement> keywords, string place)
    {
        if (!keywords.TryGetValue("type", out var type))
        {
            // A narrower reading than the standard's, which would let a number pass where properties are given.
            return keywords.Keys.Any(key => key is "properties" or "required" or "additionalProperties") ? ["object"]
                : keywords.Keys.Any(key => key is "items" or "minItems" or "maxItems") ? ["array"]
                : keywords.Keys.Any(key => key is "minLength" or "maxLength" or "format") ? ["string"]
                : keywords.Count > 0 ? ["number"]
                : ["anything"];
        }

        List<JsonElement> named = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
        List<string> types = [];
        foreach (var one in named)
        {
            types.Add(one.ValueKind == JsonValueKind.String && Types.Contains(one.GetString())
                ? one.GetString()!
                : throw new ConstraintException("type", $"{place}: there is no type {one.GetRawText()}. Known: {string.Join(", ", Types)}."));
        }

        return types.Count > 0 ? [.. types.Distinct()] : throw new ConstraintException("type", $"{place}: 'type' names no type.");
    }

    private Rule OfType(string type, Dictionary<string, JsonElement> keywords, string place, int depth) => type switch
    {
        "string" => String(keywords, place),
        "integer" => Integer(keywords, place),
        "number" => Number(keywords, place),
        "boolean" => builder.Choice([builder.Literal("true"), builder.Literal("false")]),
        "null" => builder.Literal("null"),
        "array" => Array(keywords, place, depth),
        "object" => Object(keywords, place, depth),
        _ => builder.Anything,
    };

    private Rule String(Dictionary<string, JsonElement> keywords, string place)
    {
        var (minimum, maximum) = (Count(keywords, "minLength", place), Count(keywords, "maxLength", place));
        if (keywords.TryGetValue("format", out var format))
        {
            if (minimum is not null || maximum is not null)
            {
                throw new ConstraintException("format", $"{place}: 'format' together with a length is not supported. The format has its own length.");
            }

            return new StringFormats(builder).Of(format.ValueKind == JsonValueKind.String ? format.GetString()! : format.GetRawText(), place);
        }

        CheckOrder(minimum, maximum, "maxLength", place);
        return builder.Text(minimum ?? 0, maximum);
    }

    private Rule Integer(Dictionary<string, JsonElement> keywords, string place)
    {
        var (low, high) = Bounds(keywords, 0, place);
        var (minimum, maximum) = (Int128.Max(low ?? long.MinValue, long.MinValue), Int128.Min(high ?? long.MaxValue, long.MaxValue));
        return minimum <= maximum ? builder.Decimal(minimum, maximum, 0, LongDigits) : throw Empty(keywords, place, "64 bits");
    }

    private Rule Number(Dictionary<string, JsonElement> keywords, string place)
    {
        var (low, high) = Bounds(keywords, FractionDigits, place);
        if (low is null && high is null)
        {
            return builder.AnyNumber();
        }

        Int128 most = 1;
        for (var i = 0; i < WholeDigits + FractionDigits; i++)
        {
            most *= 10;
        }

        most--;
        var (minimum, maximum) = (Int128.Max(low ?? -most, -most), Int128.Min(high ?? most, most));
        return minimum <= maximum
            ? builder.Decimal(minimum, maximum, FractionDigits, WholeDigits)
            : throw Empty(keywords, place, $"{WholeDigits} digits before and {FractionDigits} after the point");
    }

    private static ConstraintException Empty(Dictionary<string, JsonElement> keywords, string place, string digits)
    {
        var name = keywords.Keys.FirstOrDefault(key => key.EndsWith("inimum", StringComparison.Ordinal) || key.EndsWith("aximum", StringComparison.Ordinal)) ?? "minimum";
        return new(name, $"{place}: the bounds ('{name}') leave no number of {digits}.");
    }

    /// <summary>Bounds in units of the last digit.</summary>
    private static (Int128? Low, Int128? High) Bounds(Dictionary<string, JsonElement> keywords, int digits, string place)
    {
        var (low, exclusiveLow) = (Bound("minimum"), Bound("exclusiveMinimum"));
        var (high, exclusiveHigh) = (Bound("maximum"), Bound("exclusiveMaximum"));
        var lows = new[] { low is { } a ? Up(a) : (Int128?)null, exclusiveLow is { } b ? Down(b) + 1 : null }.Where(bound => bound is not null).ToList();
        var highs = new[] { high is { } c ? Down(c) : (Int128?)null, exclusiveHigh is { } d ? Up(d) - 1 : null }.Where(bound => bound is not null).ToList();
        return (lows.Count > 0 ? lows.Max() : null, highs.Count > 0 ? highs.Min() : null);

        decimal? Bound(string name)
        {
            if (!keywords.TryGetValue(name, out var value))
            {
                return null;
            }

            if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
            {
                throw new ConstraintException(name, $"{place}: '{name}' is a number.");
            }

            // Beyond what is written anyway all bounds are alike.
            return value.TryGetDecimal(out var exact) && Math.Abs(exact) < 1e21m ? exact : number > 0 ? 1e21m : -1e21m;
        }

        Int128 Up(decimal value) => (Int128)Math.Ceiling(value * Unit());
        Int128 Down(decimal value) => (Int128)Math.Floor(value * Unit());
        decimal Unit() => digits == 0 ? 1m : 1_000_000m;
    }

    private Rule Array(Dictionary<string, JsonElement> keywords, string place, int depth)
    {
        var (minimum, maximum) = (Count(keywords, "minItems", place), Count(keywords, "maxItems", place));
        CheckOrder(minimum, maximum, "maxItems", place);
        var item = keywords.TryGetValue("items", out var items) ? Value(items, $"{place}/items", depth + 1) : builder.Anything;
        return maximum == 0 ? builder.Literal("[]") : builder.Array(item, minimum ?? 0, maximum);
    }

    private Rule Object(Dictionary<string, JsonElement> keywords, string place, int depth)
    {
        var required = keywords.TryGetValue("required", out var names) ? Names(names, place) : [];
        if (!keywords.TryGetValue("properties", out var properties))
        {
            if (required.Count > 0)
            {
                throw new ConstraintException("required", $"{place}: 'required' names '{required.First()}', which 'properties' lacks.");
            }

            return !keywords.TryGetValue("additionalProperties", out var values) ? builder.Map(builder.Anything)
                : values.ValueKind == JsonValueKind.False ? builder.Literal("{}")
                : builder.Map(Value(values, $"{place}/additionalProperties", depth + 1));
        }

        if (properties.ValueKind != JsonValueKind.Object)
        {
            throw new ConstraintException("properties", $"{place}: 'properties' is an object of schemas.");
        }

        // The last of several entries of one name counts, as for every reader of JSON.
        Dictionary<string, JsonElement> byName = new(StringComparer.Ordinal);
        foreach (var property in properties.EnumerateObject())
        {
            byName[property.Name] = property.Value;
        }

        return required.FirstOrDefault(name => !byName.ContainsKey(name)) is { } missing
            ? throw new ConstraintException("required", $"{place}: 'required' names '{missing}', which 'properties' lacks.")
            : builder.Object([.. byName
                .Where(property => property.Value.ValueKind != JsonValueKind.False || required.Contains(property.Key))
                .Select(property => (Written(property.Key), Value(property.Value, $"{place}/properties/{property.Key}", depth + 1), required.Contains(property.Key)))]);
    }

    private static HashSet<string> Names(JsonElement names, string place) =>
        names.ValueKind == JsonValueKind.Array && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
            : throw new ConstraintException("required", $"{place}: 'required' is a list of names.");

    private static int? Count(Dictionary<string, JsonElement> keywords, string name, string place) =>
        !keywords.TryGetValue(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= 0 && number <= int.MaxValue && Math.Floor(number) == number ? (int)number
        : throw new ConstraintException(name, $"{place}: '{name}' is a whole number from 0 on.");

    private static void CheckOrder(int? minimum, int? maximum, string name, string place)
    {
        if (minimum > maximum)
        {
            throw new ConstraintException(name, $"{place}: '{name}' is {maximum}, less than the minimum of {minimum}.");
        }
    }

    private static void Alone(Dictionary<string, JsonElement> keywords, string name, string place)
    {
        if (keywords.Keys.FirstOrDefault(key => key != name) is { } other)
        {
            throw new ConstraintException(other, $"{place}: '{other}' beside '{name}' is not supported. Write the schema in one place.");
        }
    }

    private static string Written(JsonElement value) => JsonSerializer.Serialize(value, Compact);

    private static string Written(string name) => JsonSerializer.Serialize(name, Compact);
}
