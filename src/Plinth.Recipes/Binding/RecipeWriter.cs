using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>Records back to YAML: what a run writes beside its results, with every default spelled out.</summary>
public static partial class RecipeWriter
{
    internal static readonly RecipePlace Place = new("recipe from code", 0);

    private static readonly HashSet<string> NotPlain = new(StringComparer.OrdinalIgnoreCase) { "null", "true", "false", "yes", "no", "on", "off", "y", "n" };

    /// <summary>The record as YAML that reads back to an equal record.</summary>
    /// <exception cref="RecipeException">A value has no form in YAML: NaN, an unnamed enum value, half a surrogate pair.</exception>
    public static string Write<T>(T recipe) where T : notnull
    {
        var text = new StringBuilder();
        WriteMap(text, ToNode(recipe, ""), 0);
        return text.ToString();
    }

    internal static MapNode ToNode(object record, string path) => (MapNode)Node(record, record.GetType(), path, 0);

    private static RecipeNode Node(object? value, Type type, string path, int depth)
    {
        if (value is null)
        {
            return new ScalarNode(Place, "null", quoted: false);
        }
        if (depth > RecipeParser.MaximumDepth)
        {
            throw Place.Error(path, $"The recipe is nested deeper than {RecipeParser.MaximumDepth} levels.");
        }
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        switch (RecipeShape.Of(bare).Kind)
        {
            case ShapeKind.Scalar:
                return RecipeScalars.Format(value, Place, path);
            case ShapeKind.List:
                var item = new RecipeType(bare, null).Element.Type;
                return new ListNode(Place, [.. ((IEnumerable)value).Cast<object?>().Select((each, i) => Node(each, item, $"{path}[{i}]", depth + 1))]);
            case ShapeKind.Map:
                return new MapNode(Place, [.. Pairs(value).Select(pair => Entry(pair.Key, pair.Value, new RecipeType(bare, null).Element.Type, path, depth))]);
            case ShapeKind.Component:
                var component = (Component)value;
                return new MapNode(Place, [new("type", Place, new ScalarNode(Place, component.Type, quoted: true)), .. component.Options.Entries]);
            default:
                return new MapNode(Place, [.. RecipeShape.Of(bare).Members.Select(member =>
                    Entry(member.Key, member.Property.GetValue(value), member.Property.PropertyType, path, depth))]);
        }
    }

    private static MapEntry Entry(string key, object? value, Type type, string path, int depth) =>
        new(key, Place, Node(value, type, RecipeBinder.Join(path, key), depth + 1));

    private static IEnumerable<(string Key, object? Value)> Pairs(object dictionary)
    {
        foreach (var pair in (IEnumerable)dictionary)
        {
            var type = pair.GetType();
            yield return ((string)type.GetProperty("Key")!.GetValue(pair)!, type.GetProperty("Value")!.GetValue(pair));
        }
    }

    private static void WriteMap(StringBuilder text, MapNode map, int indent)
    {
        if (map.Entries.Count == 0 && indent == 0)
        {
            text.Append("{}\n");
        }
        for (var i = 0; i < map.Entries.Count; i++)
        {
            text.Append(' ', indent).Append(Text(map.Entries[i].Key, "")).Append(':');
            WriteValue(text, map.Entries[i].Value, indent + 2);
        }
    }

    private static void WriteValue(StringBuilder text, RecipeNode node, int indent)
    {
        if (IsFlow(node))
        {
            text.Append(' ').Append(Flow(node)).Append('\n');
            return;
        }
        text.Append('\n');
        if (node is MapNode map)
        {
            WriteMap(text, map, indent);
            return;
        }
        foreach (var item in ((ListNode)node).Items)
        {
            text.Append(' ', indent).Append('-');
            WriteValue(text, item, indent + 2);
        }
    }

    private static bool IsFlow(RecipeNode node) => node switch
    {
        ListNode list => list.Items.All(item => item is ScalarNode),
        MapNode map => map.Entries.Count == 0,
        _ => true,
    };

    private static string Flow(RecipeNode node) => node switch
    {
        ListNode list => $"[{string.Join(", ", list.Items.Select(Flow))}]",
        MapNode => "{}",
        ScalarNode { IsNull: true } => "null",
        ScalarNode { Quoted: false } scalar => scalar.Value.AsSpan().ContainsAnyExcept(SafeScalar) ? Text(scalar.Value, "") : scalar.Value,
        var scalar => Text(((ScalarNode)scalar).Value, ""),
    };

    private static readonly System.Buffers.SearchValues<char> SafeScalar =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-");

    /// <summary>A text as YAML: plain where nothing can be misread, else in double quotes.</summary>
    private static string Text(string value, string path)
    {
        if (PlainText().IsMatch(value) && !NotPlain.Contains(value))
        {
            return value;
        }
        var quoted = new StringBuilder("\"");
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsSurrogatePair(value, i))
            {
                quoted.Append(c).Append(value[++i]);
                continue;
            }
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsSurrogate(c) => throw Place.Error(path, "A text holds half a surrogate pair, which no file can hold."),
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' => "\\u" + ((int)c).ToString("X4", CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_./-]*\z")]
    private static partial Regex PlainText();
}
