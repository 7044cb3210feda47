using System.Collections;
using System.Reflection;
using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>Nodes to records: every key must exist, every value must fit, nothing required may be missing.</summary>
internal static class RecipeBinder
{
    public static object? Bind(RecipeType type, RecipeNode node, string path)
    {
        if (node.IsNull && !(type.Bare == typeof(string) && node is ScalarNode { Quoted: true }))
        {
            return type.AllowsNull ? null : throw node.Place.Error(path, $"A value is missing; expected {Expected(type)}.");
        }
        return RecipeShape.Of(type.Bare).Kind switch
        {
            ShapeKind.Scalar => RecipeScalars.Parse(type.Bare, As<ScalarNode>(type, node, path), path),
            ShapeKind.List => BindList(type, As<ListNode>(type, node, path), path),
            ShapeKind.Map => BindMap(type, As<MapNode>(type, node, path), path),
            ShapeKind.Component => BindComponent(As<MapNode>(type, node, path), path),
            _ => BindRecord(type.Bare, As<MapNode>(type, node, path), path),
        };
    }

    public static string Join(string path, string key) => path.Length > 0 ? $"{path}.{key}" : key;

    public static RecipeException UnknownKey(MapEntry entry, RecipeShape shape, string path) => entry.Place.Error(
        path, $"There is no key '{entry.Key}'.{Suggestion.For(entry.Key, shape.Keys)} Known keys: {(shape.Members.Count > 0 ? string.Join(", ", shape.Keys) : "none")}.");

    private static object BindRecord(Type type, MapNode map, string path)
    {
        var shape = RecipeShape.Of(type);
        var values = new Dictionary<RecipeMember, (object? Value, MapEntry Entry)>();
        foreach (var entry in map.Entries)
        {
            var member = shape.Find(entry.Key) ?? throw UnknownKey(entry, shape, path);
            values[member] = (Bind(member.Type, entry.Value, Join(path, entry.Key)), entry);
        }
        var missing = shape.Members.Where(member => member.Required && !values.ContainsKey(member)).Select(member => $"'{member.Key}'").ToList();
        if (missing.Count > 0)
        {
            throw map.Place.Error(path, $"Required but missing: {string.Join(", ", missing)}.");
        }
        var record = Checked(map.Place, path, () => Create(type, shape, values));
        foreach (var (member, (value, entry)) in values.Where(pair => pair.Key.Parameter is null))
        {
            Checked(entry.Place, Join(path, entry.Key), () =>
            {
                member.Property.SetValue(record, value);
                return record;
            });
        }
        return record;
    }

    private static object Create(Type type, RecipeShape shape, Dictionary<RecipeMember, (object? Value, MapEntry Entry)> values)
    {
        var arguments = shape.Constructor?.GetParameters()
            .Select(parameter => shape.Members.FirstOrDefault(member => member.Parameter == parameter) is { } member && values.TryGetValue(member, out var given)
                ? given.Value
                : parameter.HasDefaultValue ? parameter.DefaultValue : throw new NotSupportedException($"{type}: no key belongs to the parameter {parameter.Name}."))
            .ToArray();
        return shape.Constructor is null ? Activator.CreateInstance(type)! : shape.Constructor.Invoke(arguments);
    }

    /// <summary>A record may check its own values; what it throws becomes an error at the key.</summary>
    private static object Checked(RecipePlace place, string path, Func<object> act)
    {
        try
        {
            return act();
        }
        catch (TargetInvocationException error) when (error.InnerException is ArgumentException or PlinthException)
        {
            throw new RecipeException(place.Error(path, error.InnerException.Message).Message, error.InnerException);
        }
    }

    private static object BindList(RecipeType type, ListNode list, string path)
    {
        var element = type.Element;
        var items = Array.CreateInstance(element.Type, list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            items.SetValue(Bind(element, list.Items[i], $"{path}[{i}]"), i);
        }
        if (type.Bare.IsArray)
        {
            return items;
        }
        var equatable = typeof(RecipeList<>).MakeGenericType(element.Type);
        return Activator.CreateInstance(type.Bare.IsAssignableFrom(equatable) ? equatable : typeof(List<>).MakeGenericType(element.Type), items)!;
    }

    private static object BindMap(RecipeType type, MapNode map, string path)
    {
        var element = type.Element;
        var pair = typeof(KeyValuePair<,>).MakeGenericType(typeof(string), element.Type);
        var entries = Array.CreateInstance(pair, map.Entries.Count);
        for (var i = 0; i < map.Entries.Count; i++)
        {
            var entry = map.Entries[i];
            entries.SetValue(Activator.CreateInstance(pair, entry.Key, Bind(element, entry.Value, Join(path, entry.Key))), i);
        }
        var equatable = typeof(RecipeMap<>).MakeGenericType(element.Type);
        return type.Bare.IsAssignableFrom(equatable)
            ? Activator.CreateInstance(equatable, entries)!
            : Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element.Type), (IEnumerable)entries)!;
    }

    private static Component BindComponent(MapNode map, string path) =>
        map.Find("type") switch
        {
            null => throw map.Place.Error(path, "Required but missing: 'type', the name of what is meant."),
            { Value: ScalarNode { IsNull: false } name } => new(name.Value, map.Without("type"), path),
            var entry => throw entry.Place.Error(path, $"'type' must be a name, but this is {entry.Value.Kind}."),
        };

    private static T As<T>(RecipeType type, RecipeNode node, string path) where T : RecipeNode =>
        node as T ?? throw node.Place.Error(path, $"Expected {Expected(type)}, found {node.Kind}.");

    private static string Expected(RecipeType type) => RecipeShape.Of(type.Bare).Kind switch
    {
        ShapeKind.Scalar => RecipeScalars.Name(type.Bare),
        ShapeKind.List => "a list",
        ShapeKind.Component => "a mapping with 'type'",
        ShapeKind.Map => "a mapping",
        _ => $"a mapping with the keys {string.Join(", ", RecipeShape.Of(type.Bare).Keys)}",
    };
}
