using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Plinth.Inference.Pipelines;

/// <summary>The JSON schema of a C# type, so narrow that what keeps it can be read as the type.</summary>
public static class RecordSchema
{
    // System.Text.Json writes numbers of any size, and the type does not hold them.
    private static readonly Dictionary<Type, (decimal Minimum, decimal Maximum)> Bounds = new()
    {
        [typeof(byte)] = (byte.MinValue, byte.MaxValue), [typeof(sbyte)] = (sbyte.MinValue, sbyte.MaxValue),
        [typeof(short)] = (short.MinValue, short.MaxValue), [typeof(ushort)] = (ushort.MinValue, ushort.MaxValue),
        [typeof(int)] = (int.MinValue, int.MaxValue), [typeof(uint)] = (uint.MinValue, uint.MaxValue),
        [typeof(long)] = (long.MinValue, long.MaxValue), [typeof(ulong)] = (ulong.MinValue, ulong.MaxValue),
        [typeof(float)] = (-999_999_999_999, 999_999_999_999), [typeof(decimal)] = (-999_999_999_999, 999_999_999_999),
    };

    internal static JsonSerializerOptions DefaultJson { get; } = MakeDefault();

    /// <summary>The schema of a type.</summary>
    /// <param name="type">A type that System.Text.Json reads.</param>
    /// <param name="options">How types are read and named; null for the defaults of <see cref="RecordOptions.Json"/>.</param>
    public static JsonElement Of(Type type, JsonSerializerOptions? options = null)
    {
        var node = JsonSchemaExporter.GetJsonSchemaAsNode(options ?? DefaultJson, type, new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Narrow });
        return JsonSerializer.SerializeToElement(node);
    }

    private static JsonNode Narrow(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject keywords)
        {
            return schema;
        }

        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (Bounds.TryGetValue(type, out var bounds))
        {
            (keywords["minimum"], keywords["maximum"]) = (bounds.Minimum, bounds.Maximum);
        }
        else if (type == typeof(TimeOnly) || type == typeof(TimeSpan))
        {
            keywords.Remove("pattern");
            keywords["format"] = "partial-time";
        }
        else if (type == typeof(Uri))
        {
            keywords.Remove("format");
        }

        var told = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), true).OfType<DescriptionAttribute>().FirstOrDefault()
            ?? (context.PropertyInfo is null ? type.GetCustomAttribute<DescriptionAttribute>() : null);
        if (told is not null)
        {
            keywords["description"] = told.Description;
        }

        return keywords;
    }

    private static JsonSerializerOptions MakeDefault()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = 128,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter() },
        };
        options.MakeReadOnly();
        return options;
    }
}
