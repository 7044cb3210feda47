using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>
/// Recipes from YAML, bound strictly to records: an unknown key, a value of the wrong type or a missing required one
/// is an error that names the file, line and section. <c>extends:</c> names one parent recipe; overrides come last.
/// </summary>
public static class RecipeReader
{
    private const int MaximumParents = 8;

    /// <summary>Reads a recipe file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Each <c>path.to.key=value</c>; only paths that exist in the type.</param>
    /// <exception cref="RecipeException">The recipe cannot be read or does not fit.</exception>
    public static T Read<T>(string path, IReadOnlyList<string>? overrides = null) where T : notnull =>
        Bind<T>(Load(path, typeof(T), []), overrides);

    /// <summary>Whether a recipe, or one that it extends, says something under a key at its top.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="key">The key, such as <c>task</c>.</param>
    /// <exception cref="RecipeException">The recipe cannot be read.</exception>
    public static bool Says<T>(string path, string key) where T : notnull => Load(path, typeof(T), []).Find(key) is not null;

    /// <summary>What the file of any recipe says, each value under its path such as <c>training.steps</c>; it is bound to no type, and parents are not read.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="RecipeException">The recipe cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Settings(string path)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        Add(RecipeParser.ParseRecipe(RecipeParser.ReadFile(path), path), "");
        return found;

        void Add(RecipeNode node, string place)
        {
            switch (node)
            {
                case MapNode map:
                    foreach (var entry in map.Entries)
                    {
                        Add(entry.Value, RecipeBinder.Join(place, entry.Key));
                    }

                    break;
                case ListNode list:
                    foreach (var (i, item) in list.Items.Index())
                    {
                        Add(item, $"{place}[{i}]");
                    }

                    break;
                case ScalarNode scalar:
                    found[place] = scalar.IsNull ? "null" : scalar.Value;
                    break;
            }
        }
    }

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="sourceName">What messages call the text.</param>
    /// <param name="overrides">Each <c>path.to.key=value</c>; only paths that exist in the type.</param>
    /// <param name="baseFolder">Folder from which <c>extends:</c> is found; null where a text may not extend another.</param>
    /// <exception cref="RecipeException">The recipe cannot be read or does not fit.</exception>
    public static T ReadText<T>(string text, string sourceName, IReadOnlyList<string>? overrides = null, string? baseFolder = null) where T : notnull =>
        Bind<T>(Extend(RecipeParser.ParseRecipe(text, sourceName), baseFolder, typeof(T), []), overrides);

    /// <summary>A record of options out of settings alone, as strictly as a recipe.</summary>
    /// <param name="type">Type of the record.</param>
    /// <param name="settings">Each <c>key=value</c>.</param>
    /// <exception cref="RecipeException">A key is unknown or a value of the wrong type.</exception>
    public static object ReadSettings(Type type, IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return RecipeBinder.Bind(new(type, null), RecipeOverride.ApplyAll(new(RecipeWriter.Place, []), settings, type), "")!;
    }

    /// <summary>A record of options out of settings, on top of others.</summary>
    /// <param name="defaults">What holds where the settings are silent; it is changed and given back.</param>
    /// <param name="settings">Each <c>key=value</c>.</param>
    /// <exception cref="RecipeException">A key is unknown or a value of the wrong type.</exception>
    internal static object ReadSettings(object defaults, IReadOnlyList<string> settings)
    {
        var given = ReadSettings(defaults.GetType(), settings);
        foreach (var member in RecipeShape.Of(defaults.GetType()).Members.Where(member => settings.Any(setting => setting.Split('=', '.')[0].Trim() == member.Key)))
        {
            member.Property.SetValue(defaults, member.Property.GetValue(given));
        }

        return defaults;
    }

    /// <summary>A record with settings on top, also deep inside it.</summary>
    /// <param name="record">What holds where the settings are silent.</param>
    /// <param name="settings">Each <c>path.to.key=value</c>.</param>
    /// <exception cref="RecipeException">A key is unknown or a value of the wrong type.</exception>
    internal static T Changed<T>(T record, IReadOnlyList<string> settings) where T : notnull =>
        settings.Count == 0 ? record : Bind<T>(RecipeWriter.ToNode(record, ""), settings);

    private static T Bind<T>(MapNode root, IReadOnlyList<string>? overrides) =>
        (T)RecipeBinder.Bind(new(typeof(T), null), RecipeOverride.ApplyAll(root, overrides ?? [], typeof(T)), "")!;

    private static MapNode Load(string path, Type type, IReadOnlyList<string> children) =>
        Extend(RecipeParser.ParseRecipe(RecipeParser.ReadFile(path), path), Path.GetDirectoryName(Path.GetFullPath(path)), type, [.. children, Path.GetFullPath(path)]);

    private static MapNode Extend(MapNode recipe, string? folder, Type type, IReadOnlyList<string> children)
    {
        if (recipe.Find("extends") is not { } extends)
        {
            return recipe;
        }
        if (extends.Value is not ScalarNode { IsNull: false } name || name.Value.Contains('\0', StringComparison.Ordinal))
        {
            throw extends.Place.Error("extends", "One parent recipe is expected, as a path relative to this file.");
        }
        if (folder is null)
        {
            throw extends.Place.Error("extends", "This text stands in no folder, so it cannot extend another recipe.");
        }
        var parent = Path.GetFullPath(Path.Combine(folder, name.Value));
        if (children.Contains(parent, StringComparer.Ordinal) || children.Count > MaximumParents)
        {
            throw extends.Place.Error("extends", $"Recipes extend each other in a circle or more than {MaximumParents} deep: {string.Join(" -> ", children.Append(parent).Select(Path.GetFileName))}.");
        }
        if (!File.Exists(parent))
        {
            throw extends.Place.Error("extends", $"There is no file {parent}.");
        }
        return (MapNode)RecipeMerge.Merge(Load(parent, type, children), recipe.Without("extends"), type);
    }
}
