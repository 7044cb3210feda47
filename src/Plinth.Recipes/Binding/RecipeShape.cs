using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plinth.Recipes.Binding;

internal enum ShapeKind
{
    Scalar,
    List,
    Map,
    Record,
    Component,
}

/// <summary>One key of a record.</summary>
/// <param name="Key">Snake case of the property's name.</param>
/// <param name="Parameter">The constructor's parameter that takes the value, for records that are built that way.</param>
internal sealed record RecipeMember(string Key, PropertyInfo Property, ParameterInfo? Parameter, bool Required, NullabilityInfo Nullability)
{
    public RecipeType Type { get; } = new(Property.PropertyType, Nullability);
}

/// <summary>A type as it stands in a declaration, with what is known about null.</summary>
internal sealed record RecipeType(Type Type, NullabilityInfo? Nullability)
{
    public Type Bare { get; } = Nullable.GetUnderlyingType(Type) ?? Type;

    public bool AllowsNull => Nullable.GetUnderlyingType(Type) is not null || (!Type.IsValueType && Nullability?.ReadState == NullabilityState.Nullable);

    /// <summary>Type of the items of a list, or of the values of a dictionary.</summary>
    public RecipeType Element => Type.IsArray
        ? new(Type.GetElementType()!, Nullability?.ElementType)
        : new(Type.GetGenericArguments()[^1], Nullability?.GenericTypeArguments is { Length: > 0 } arguments ? arguments[^1] : null);
}

/// <summary>What YAML a type is written as.</summary>
internal sealed class RecipeShape
{
    // By name, since ScottPlot brings a public type of the same name.
    private const string RequiredMember = "System.Runtime.CompilerServices.RequiredMemberAttribute";

    private static readonly ConcurrentDictionary<Type, RecipeShape> Cache = new();

    private static readonly HashSet<Type> Scalars = [typeof(string), typeof(bool), typeof(byte), typeof(int), typeof(long), typeof(double), typeof(TimeSpan), typeof(ConfigValue)];

    private static readonly HashSet<Type> Lists =
        [typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>), typeof(IList<>), typeof(List<>)];

    private static readonly HashSet<Type> Maps = [typeof(IReadOnlyDictionary<,>), typeof(IDictionary<,>), typeof(Dictionary<,>)];

    private RecipeShape(Type type)
    {
        Kind = KindOf(type);
        if (Kind == ShapeKind.Record)
        {
            Constructor = type.GetConstructors().MinBy(constructor => constructor.GetParameters().Length);
            Members = MembersOf(type, Constructor);
        }
    }

    public ShapeKind Kind { get; }

    /// <summary>Null for a struct without one.</summary>
    public ConstructorInfo? Constructor { get; }

    public IReadOnlyList<RecipeMember> Members { get; } = [];

    public IEnumerable<string> Keys => Members.Select(member => member.Key);

    public static RecipeShape Of(Type bare) => Cache.GetOrAdd(bare, type => new(type));

    public RecipeMember? Find(string key) => Members.FirstOrDefault(member => member.Key == key);

    private static ShapeKind KindOf(Type type)
    {
        if (Scalars.Contains(type) || type.IsEnum)
        {
            return ShapeKind.Scalar;
        }
        if (type == typeof(Component))
        {
            return ShapeKind.Component;
        }
        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (type.IsArray || (generic is not null && Lists.Contains(generic)))
        {
            return ShapeKind.List;
        }
        if (generic is not null && Maps.Contains(generic) && type.GetGenericArguments()[0] == typeof(string))
        {
            return ShapeKind.Map;
        }
        return !type.IsPrimitive && !type.IsAbstract && !type.IsInterface && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true
            ? ShapeKind.Record
            : throw new NotSupportedException($"Recipes cannot hold a {type}. Use string, bool, int, long, double, TimeSpan, ConfigValue, enums, lists, dictionaries by string, records or Component.");
    }

    private static List<RecipeMember> MembersOf(Type type, ConstructorInfo? constructor)
    {
        var context = new NullabilityInfoContext();
        var parameters = constructor?.GetParameters() ?? [];
        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetMethod is not null && property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Select(property =>
            {
                var parameter = parameters.FirstOrDefault(parameter => parameter.Name == property.Name && parameter.ParameterType == property.PropertyType);
                var required = parameter is { HasDefaultValue: false } || property.CustomAttributes.Any(attribute => attribute.AttributeType.FullName == RequiredMember);
                return new RecipeMember(SnakeCase(property.Name), property, parameter, required, context.Create(property));
            })];
    }

    /// <summary>A value of an enumeration as recipes write it: the name that it was given for text, or else the words of its own.</summary>
    /// <param name="type">The enumeration.</param>
    /// <param name="name">The value's name in C#.</param>
    public static string EnumName(Type type, string name) =>
        type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? SnakeCase(name);

    /// <summary>A value of an enumeration as recipes write it.</summary>
    /// <param name="value">The value, one that is defined.</param>
    public static string EnumName(Enum value) => EnumName(value.GetType(), value.ToString());

    /// <summary>A name of C# as recipes write it.</summary>
    public static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
