using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>
/// A part named in a recipe: <c>type:</c> names an entry of a catalog, and the keys beside it are that entry's options,
/// which are bound once the entry has said what record they belong to.
/// </summary>
public sealed class Component : IEquatable<Component>
{
    private readonly MapNode options;
    private readonly string path;

    internal Component(string type, MapNode options, string path)
    {
        Type = type;
        this.options = options;
        this.path = path;
    }

    /// <param name="type">Name of the catalog's entry.</param>
    public Component(string type) : this(type, new(RecipeWriter.Place, []), "") { }

    /// <summary>Name of the catalog's entry.</summary>
    public string Type { get; }

    /// <summary>The keys that are given beside <c>type</c>.</summary>
    public IReadOnlyList<string> Keys => [.. options.Entries.Select(entry => entry.Key)];

    internal MapNode Options => options;

    /// <summary>A component with its options, as a recipe would say it.</summary>
    /// <param name="type">Name of the catalog's entry.</param>
    /// <param name="options">The record that <see cref="Bind{TOptions}"/> will give back.</param>
    public static Component Of<TOptions>(string type, TOptions options) where TOptions : notnull =>
        new(type, RecipeWriter.ToNode(options, type), "");

    /// <summary>The options as a record, as strictly as the recipe around them.</summary>
    /// <exception cref="RecipeException">A key is unknown, missing or of the wrong type.</exception>
    public TOptions Bind<TOptions>() where TOptions : notnull => (TOptions)RecipeBinder.Bind(new(typeof(TOptions), null), options, path)!;

    /// <summary>The options as a record of a type that is known at run time only.</summary>
    /// <param name="type">Type of the record.</param>
    /// <exception cref="RecipeException">A key is unknown, missing or of the wrong type.</exception>
    public object Bind(Type type) => RecipeBinder.Bind(new(type, null), options, path)!;

    /// <summary>An error about this component, with the file, line and section where it stands.</summary>
    /// <param name="message">What is wrong and what is known.</param>
    public RecipeException Error(string message) => options.Place.Error(path, message);

    /// <inheritdoc />
    public bool Equals(Component? other) => other is not null && Type == other.Type && options.Equals(other.options);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Component);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Type, options);

    /// <inheritdoc />
    public override string ToString() => Keys.Count > 0 ? $"{Type} ({string.Join(", ", Keys)})" : Type;
}
