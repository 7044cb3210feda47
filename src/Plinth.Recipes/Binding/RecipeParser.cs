using System.Text;
using Plinth.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Plinth.Recipes.Binding;

/// <summary>Text to a tree of nodes, within limits that no honest recipe meets.</summary>
internal static class RecipeParser
{
    public const int MaximumBytes = 1 << 20;
    public const int MaximumDepth = 32;
    public const int MaximumNodes = 100_000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file, refused when it is missing, too large or not UTF-8.</summary>
    public static string ReadFile(string path)
    {
        var place = new RecipePlace(path, 0);
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MaximumBytes + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaximumBytes)
            {
                throw place.Error("", "The recipe is larger than 1 MB. Recipes name data files; they do not hold them.");
            }
            return Utf8.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException error)
        {
            throw place.Error("", $"The recipe is not valid UTF-8 (byte {error.Index}). Save it as UTF-8 text.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecipeException($"{path}: The recipe cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The mapping that a whole recipe is.</summary>
    public static MapNode ParseRecipe(string text, string source)
    {
        CheckText(text, source);
        return ParseNode(text, source, firstLine: 1) switch
        {
            MapNode map => map,
            null or { IsNull: true } => throw new RecipePlace(source, 0).Error("", "The recipe is empty. It must be a mapping, such as 'name: value' lines."),
            var other => throw other.Place.Error("", $"A recipe is a mapping of 'key: value' lines, but this is {other.Kind}."),
        };
    }

    /// <summary>The single node in the text; null when there is none.</summary>
    /// <param name="firstLine">1 for files; 0 where lines mean nothing.</param>
    public static RecipeNode? ParseNode(string text, string source, int firstLine)
    {
        var reader = new EventReader(source, firstLine);
        try
        {
            return reader.ReadDocument(new Parser(new StringReader(text)));
        }
        catch (YamlException error)
        {
            var line = (int)Math.Clamp(error.Start.Line, 1, int.MaxValue);
            throw new RecipeException($"{reader.PlaceOf(error.Start)}: This is not valid YAML: {Explain(error, text, line)}", error);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new RecipeException($"{source}: This is not valid YAML: {error.Message}", error);
        }
    }

    /// <summary>Refuses what YAML forbids but parsers let pass: tabs as indentation, and control characters, of which one would end the text early.</summary>
    public static void CheckText(string text, string source)
    {
        if (text.Length > MaximumBytes)
        {
            throw new RecipePlace(source, 0).Error("", "The recipe is larger than 1 MB. Recipes name data files; they do not hold them.");
        }
        var (line, atStart) = (1, true);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\t' && atStart)
            {
                throw new RecipePlace(source, line).Error("", "The line begins with a tab. YAML is indented with spaces.");
            }
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\r' or '\t' or '\u0085'))
            {
                throw new RecipePlace(source, line).Error("", $"The line holds the control character U+{(int)text[i]:X4}. Recipes are plain text.");
            }
            atStart = text[i] == '\n';
            line += atStart ? 1 : 0;
        }
    }

    private static string Explain(YamlException error, string text, int line)
    {
        var lines = text.Split('\n');
        return line <= lines.Length && lines[line - 1][..^lines[line - 1].TrimStart().Length].Contains('\t', StringComparison.Ordinal)
            ? "the line is indented with a tab. Use spaces."
            : error.Message;
    }

    private sealed class EventReader(string source, int firstLine)
    {
        private readonly Dictionary<string, RecipeNode> anchors = new(StringComparer.Ordinal);
        private long nodeCount;

        public RecipePlace PlaceOf(Mark mark) => new(source, firstLine == 0 ? 0 : (int)Math.Clamp(mark.Line, 1, int.MaxValue));

        public RecipeNode? ReadDocument(Parser parser)
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return null;
            }
            parser.Consume<DocumentStart>();
            var root = ReadNode(parser, 0);
            parser.Consume<DocumentEnd>();
            return parser.TryConsume<DocumentStart>(out var second)
                ? throw PlaceOf(second.Start).Error("", "A second YAML document begins here ('---'). A recipe is one document.")
                : root;
        }

        private RecipeNode ReadNode(Parser parser, int depth)
        {
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                var target = anchors.GetValueOrDefault(alias.Value.Value)
                    ?? throw PlaceOf(alias.Start).Error("", $"There is no anchor '&{alias.Value.Value}' before this alias.");
                Count(target.Size, alias.Start);
                return target;
            }
            var start = parser.Consume<NodeEvent>();
            var place = PlaceOf(start.Start);
            Count(1, start.Start);
            if (depth > MaximumDepth)
            {
                throw place.Error("", $"The recipe is nested deeper than {MaximumDepth} levels.");
            }
            if (!start.Tag.IsEmpty && !(start is Scalar && start.Tag.IsNonSpecific))
            {
                throw place.Error("", $"The tag '{start.Tag}' is not allowed. Types follow from the recipe's keys.");
            }
            RecipeNode node = start switch
            {
                Scalar scalar => new ScalarNode(place, scalar.Value, scalar.Style != ScalarStyle.Plain),
                SequenceStart => ReadList(parser, place, depth),
                MappingStart => ReadMap(parser, place, depth),
                _ => throw place.Error("", "This is not a value."),
            };
            if (!start.Anchor.IsEmpty)
            {
                anchors[start.Anchor.Value] = node;
            }
            return node;
        }

        private ListNode ReadList(Parser parser, RecipePlace place, int depth)
        {
            var items = new List<RecipeNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(parser, depth + 1));
            }
            return new(place, items);
        }

        private MapNode ReadMap(Parser parser, RecipePlace place, int depth)
        {
            var entries = new List<MapEntry>();
            var seen = new Dictionary<string, int>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (ReadNode(parser, depth + 1) is not ScalarNode key)
                {
                    throw place.Error("", "A key of this mapping is not a plain name.");
                }
                if (!seen.TryAdd(key.Value, key.Place.Line))
                {
                    throw key.Place.Error("", $"The key {key.Kind} stands twice in one mapping (first in line {seen[key.Value]}).");
                }
                entries.Add(new(key.Value, key.Place, ReadNode(parser, depth + 1)));
            }
            return new(place, entries);
        }

        private void Count(long nodes, Mark mark)
        {
            nodeCount += nodes;
            if (nodeCount > MaximumNodes)
            {
                throw PlaceOf(mark).Error("", $"The recipe holds more than {MaximumNodes} values once its aliases are followed.");
            }
        }
    }
}
