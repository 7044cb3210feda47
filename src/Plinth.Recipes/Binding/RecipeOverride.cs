using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>One <c>path.to.key=value</c> from the command line.</summary>
internal sealed partial class RecipeOverride
{
    private readonly RecipePlace place;
    private readonly IReadOnlyList<object> steps;
    private readonly RecipeNode value;

    private RecipeOverride(RecipePlace place, IReadOnlyList<object> steps, RecipeNode value)
    {
        this.place = place;
        this.steps = steps;
        this.value = value;
    }

    /// <summary>Applies all overrides; the later of two for one path wins.</summary>
    public static MapNode ApplyAll(MapNode root, IReadOnlyList<string> overrides, Type type)
    {
        RecipeNode node = root;
        // A new type discards the options of the old one, so types come before the options given with them.
        foreach (var change in overrides.Select(Parse).OrderBy(change => change.steps[^1] is "type" ? 0 : 1))
        {
            node = change.Apply(node, type, 0, "");
        }
        return (MapNode)node;
    }

    private static RecipeOverride Parse(string text)
    {
        var place = new RecipePlace($"override '{text}'", 0);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || !Path().IsMatch(text[..equals]))
        {
            throw place.Error("", "Overrides have the form path.to.key=value, for example trainer.steps=100 or data[0].path=corpus.txt.");
        }
        RecipeParser.CheckText(text, place.Source);
        var raw = text[(equals + 1)..].Trim();
        var value = RecipeParser.ParseNode(raw, place.Source, firstLine: 0) ?? new ScalarNode(place, "", quoted: false);
        if (raw.Contains('\n', StringComparison.Ordinal) || (value is MapNode && raw[0] != '{') || (value is ListNode && raw[0] != '['))
        {
            throw place.Error("", "The value must be a single value, a list such as [1, 2] or a mapping such as {a: 1}. Put texts with special characters in quotes.");
        }
        var steps = Step().Matches(text[..equals])
            .Select(match => match.Groups[2].Success ? (object)int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : match.Groups[1].Value);
        return new(place, [.. steps], value);
    }

    private RecipeNode Apply(RecipeNode? node, Type? type, int index, string path)
    {
        if (index == steps.Count)
        {
            return value;
        }
        var bare = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        var shape = bare is null ? null : RecipeShape.Of(bare);
        return steps[index] is int item ? ApplyToItem(node, bare, shape, item, index, path) : ApplyToKey(node, bare, shape, (string)steps[index], index, path);
    }

    private ListNode ApplyToItem(RecipeNode? node, Type? type, RecipeShape? shape, int item, int index, string path)
    {
        if (shape is not null && shape.Kind != ShapeKind.List)
        {
            throw place.Error(path, "This is not a list.");
        }
        if (node is not ListNode list || item >= list.Items.Count)
        {
            throw place.Error(path, $"The list has {(node as ListNode)?.Items.Count ?? 0} items; there is no item {item} (they count from 0).");
        }
        var items = list.Items.ToArray();
        items[item] = Apply(items[item], type is null ? null : new RecipeType(type, null).Element.Type, index + 1, $"{path}[{item}]");
        return new(list.Place, items);
    }

    private MapNode ApplyToKey(RecipeNode? node, Type? type, RecipeShape? shape, string key, int index, string path)
    {
        if (shape?.Kind is ShapeKind.Scalar or ShapeKind.List || (shape is null && node is not (null or MapNode)))
        {
            throw place.Error(path, $"There is no key '{key}' below a value{(shape?.Kind == ShapeKind.List ? "; name an item as in list[0]" : "")}.");
        }
        if (shape?.Kind == ShapeKind.Record && shape.Find(key) is null)
        {
            throw RecipeBinder.UnknownKey(new(key, place, value), shape, path);
        }
        var map = node as MapNode ?? new MapNode(place, []);
        var below = shape?.Kind switch
        {
            ShapeKind.Record => shape.Find(key)!.Property.PropertyType,
            ShapeKind.Map => new RecipeType(type!, null).Element.Type,
            _ => null,
        };
        var entry = new MapEntry(key, place, Apply(map.Find(key)?.Value, below, index + 1, RecipeBinder.Join(path, key)));
        var isNewType = shape?.Kind == ShapeKind.Component && key == "type" && !entry.Value.Equals(map.Find(key)?.Value);
        return isNewType ? new(map.Place, [entry]) : map.With(entry);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,100}(\[[0-9]{1,6}\])*(\.[A-Za-z0-9_-]{1,100}(\[[0-9]{1,6}\])*){0,31}\z")]
    private static partial Regex Path();

    [GeneratedRegex(@"([A-Za-z0-9_-]+(?=[.\[]|\z))|\[([0-9]+)\]")]
    private static partial Regex Step();
}
