using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads the <c>post_processor</c> of a tokenizer file.</summary>
internal static class PostProcessorReader
{
    private const int LongestTemplate = 1024;

    public static PostProcessor Read(JsonPart part, int vocabularySize) => part.Type switch
    {
        "ByteLevel" => new(Template.None, Trimmers(part.Knows("add_prefix_space", "trim_offsets", "use_regex"))),
        "BertProcessing" => new(Template.Bert(Named(part.Knows("sep", "cls"), "cls", vocabularySize), Named(part, "sep", vocabularySize)), []),
        "RobertaProcessing" => new(
            Template.Roberta(Named(part.Knows("sep", "cls", "trim_offsets", "add_prefix_space"), "cls", vocabularySize), Named(part, "sep", vocabularySize)),
            Trimmers(part)),
        "TemplateProcessing" => new(ReadTemplate(part.Knows("single", "pair", "special_tokens"), vocabularySize), []),
        "Sequence" => ReadSequence(part.Knows("processors"), vocabularySize),
        _ => throw part.Unknown("post-processor", "ByteLevel", "BertProcessing", "RobertaProcessing", "TemplateProcessing", "Sequence"),
    };

    private static PostProcessor ReadSequence(JsonPart part, int vocabularySize)
    {
        var steps = part.Children("processors").ConvertAll(child => Read(child, vocabularySize));
        var templates = steps.FindAll(step => step.Template != Template.None);
        if (templates.Count > 1)
        {
            throw new BadInputException($"{part.Where} holds {templates.Count} templates; one is possible.");
        }

        return new(templates.Count == 1 ? templates[0].Template : Template.None, [.. steps.SelectMany(step => step.Trimmers)]);
    }

    private static SpanTrimmer[] Trimmers(JsonPart part) => part.Flag("trim_offsets", true) ? [new(part.Flag("add_prefix_space", true))] : [];

    private static int Named(JsonPart part, string key, int vocabularySize)
    {
        var items = part.Items(key).ToArray();
        if (items.Length != 2 || items[1].ValueKind != JsonValueKind.Number || !items[1].TryGetInt32(out var id))
        {
            throw part.Missing(key, "a list of a token and its id");
        }

        return Checked(part, key, id, vocabularySize);
    }

    private static Template ReadTemplate(JsonPart part, int vocabularySize)
    {
        Dictionary<string, int[]> special = new(StringComparer.Ordinal);
        foreach (var property in part.Child("special_tokens").Element.EnumerateObject())
        {
            var token = new JsonPart(property.Value, $"{part.Where}.special_tokens.{Vocabulary.Shown(property.Name)}").Knows("id", "ids", "tokens");
            special[property.Name] = [.. token.Items("ids").Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id)
                ? Checked(token, "ids", id, vocabularySize)
                : throw token.Missing("ids", "a list of ids"))];
        }
        if (special.Values.Any(ids => ids.Length > LongestTemplate))
        {
            throw new BadInputException($"{part.Where}.special_tokens has a token of more than {LongestTemplate} ids.");
        }

        return new(ReadParts(part, "single", special), ReadParts(part, "pair", special));
    }

    private static List<TemplatePart> ReadParts(JsonPart part, string key, Dictionary<string, int[]> special)
    {
        List<TemplatePart> parts = [];
        foreach (var item in part.Children(key))
        {
            item.Knows("SpecialToken", "Sequence");
            if (item.OptionalChild("Sequence") is { } text)
            {
                var name = text.Knows("id", "type_id").Text("id");
                if (name is not ("A" or "B") || (name == "B" && key == "single"))
                {
                    throw text.Missing("id", key == "single" ? "A" : "A or B");
                }

                if (parts.Exists(other => other.Text == (name == "A" ? 0 : 1)))
                {
                    throw text.Missing("id", $"given once; {name} stands twice");
                }

                parts.Add(new(-1, name == "A" ? 0 : 1, text.Number("type_id")));
                continue;
            }
            var token = item.Child("SpecialToken").Knows("id", "type_id");
            if (!special.TryGetValue(token.Text("id"), out var ids))
            {
                throw token.Missing("id", "one of special_tokens");
            }

            var type = token.Number("type_id");
            parts.AddRange(ids.Select(id => new TemplatePart(id, -1, type)));
            if (parts.Count > LongestTemplate)
            {
                throw new BadInputException($"{part.Where}.{key} has more than {LongestTemplate} parts.");
            }
        }
        return parts;
    }

    private static int Checked(JsonPart part, string key, int id, int vocabularySize) => id >= 0 && id < vocabularySize
        ? id
        : throw part.Missing(key, $"an id below {vocabularySize}, not {id}");
}
