using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>The fields of an architecture's config.json that a recipe may set, and their types, as its record declares them.</summary>
internal static class ConfigFields
{
    /// <summary>The config with the recipe's fields set, checked by the architecture.</summary>
    /// <exception cref="RecipeException">A field is unknown or has a value of another type.</exception>
    /// <exception cref="CheckpointException">The architecture does not support a value.</exception>
    public static ModelConfig Apply(ModelFamily family, ModelConfig config, IReadOnlyDictionary<string, ConfigValue> values)
    {
        var fields = Of(config.GetType());
        var json = config.ToJson();
        foreach (var (name, value) in values)
        {
            json[name] = fields.TryGetValue(name, out var type)
                ? Convert(type, name, value)
                : throw new RecipeException(
                    $"model.config.{name} is no field of '{family.ModelType}' that a recipe can set.{Suggestion.For(name, fields.Keys)} Known: {string.Join(", ", fields.Keys)}.");
        }

        return family.ReadConfig(json, "model.config");
    }

    /// <summary>Names as config.json has them, with the types of their single values; lists and mappings are left out.</summary>
    internal static SortedDictionary<string, Type> Of(Type config)
    {
        var fields = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        foreach (var property in config.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            // Null fields are left out of the JSON, so what exists is read from the record instead.
            if (property.SetMethod is { IsPublic: true } && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always } && IsScalar(type))
            {
                fields[property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)] = type;
            }
        }

        return fields;
    }

    private static bool IsScalar(Type type) =>
        type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(float) || type == typeof(double) || type == typeof(string)
        || typeof(JsonNode).IsAssignableFrom(type) || IsFree(type);

    private static JsonValue Convert(Type type, string name, ConfigValue value) => (value.Content, type) switch
    {
        (bool flag, _) when type == typeof(bool) || IsFree(type) => JsonValue.Create(flag),
        (long number, _) when type == typeof(int) => number is >= int.MinValue and <= int.MaxValue
            ? JsonValue.Create((int)number)
            : throw new RecipeException($"model.config.{name}: {number.ToString(CultureInfo.InvariantCulture)} is out of range. Allowed are {int.MinValue} to {int.MaxValue}."),
        (long number, _) when type == typeof(long) || type == typeof(double) || type == typeof(float) || IsFree(type) => JsonValue.Create(number),
        (double number, _) when type == typeof(double) || type == typeof(float) || IsFree(type) => JsonValue.Create(number),
        (string text, _) when type == typeof(string) || IsFree(type) => JsonValue.Create(text),
        _ => throw new RecipeException($"model.config.{name}: Expected {(type == typeof(float) ? "a number" : RecipeScalars.Name(type))}, found {value}."),
    };

    // The record itself leaves the type open, as eos_token_id does, or reads several, as image_size does.
    private static bool IsFree(Type type) =>
        type == typeof(JsonNode) || type == typeof(JsonElement) || type == typeof(JsonValue) || type.GetCustomAttribute<JsonConverterAttribute>() is not null;
}
