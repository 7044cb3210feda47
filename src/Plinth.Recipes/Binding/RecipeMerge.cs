namespace Plinth.Recipes.Binding;

/// <summary>A recipe over the one it extends: mappings merge; all else is replaced.</summary>
internal static class RecipeMerge
{
    /// <param name="type">What the nodes will be bound to; null where that is not known.</param>
    public static RecipeNode Merge(RecipeNode parent, RecipeNode child, Type? type)
    {
        if (parent is not MapNode below || child is not MapNode above)
        {
            return child;
        }
        var shape = type is null ? null : RecipeShape.Of(Nullable.GetUnderlyingType(type) ?? type);
        if (shape?.Kind == ShapeKind.Component && ChangesType(below, above))
        {
            return child;
        }
        // The child's place is kept: it is where a reader looks first.
        var merged = new MapNode(above.Place, below.Entries);
        foreach (var entry in above.Entries)
        {
            var old = below.Find(entry.Key);
            merged = merged.With(old is null ? entry : entry with { Value = Merge(old.Value, entry.Value, TypeOf(shape, type, entry.Key)) });
        }
        return merged;
    }

    /// <summary>Options belong to a type; with another type, the old ones mean nothing.</summary>
    private static bool ChangesType(MapNode below, MapNode above) =>
        above.Find("type") is { } given && !given.Value.Equals(below.Find("type")?.Value);

    private static Type? TypeOf(RecipeShape? shape, Type? type, string key) => shape?.Kind switch
    {
        ShapeKind.Record => shape.Find(key)?.Property.PropertyType,
        ShapeKind.Map => new RecipeType(type!, null).Element.Type,
        _ => null,
    };
}
