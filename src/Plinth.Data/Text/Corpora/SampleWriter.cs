using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text;

/// <summary>Writes samples as JSON lines, under the names that <see cref="Columns"/> gives, so that they can be read again.</summary>
public static class SampleWriter
{
    /// <summary>Writes a file; what samples lack is left out.</summary>
    /// <param name="path">The file, <c>.jsonl</c>.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="labelNames">The name of each class number.</param>
    public static void Write(string path, IEnumerable<TextSample> samples, IReadOnlyList<string> labelNames)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(labelNames);
        AtomicFile.WriteText(path, string.Concat(samples.Select(sample => Json(sample, labelNames).ToJsonString() + "\n")));
    }

    /// <summary>The columns of files that hold samples like this one.</summary>
    public static SampleColumns Columns(TextSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return new()
        {
            Text = sample.Words is null ? "text" : null,
            Pair = sample.Pair is null ? null : "pair",
            Label = sample.Label is null ? null : "label",
            LabelSet = sample.LabelSet is null ? null : "label_set",
            Value = sample.Value is null ? null : "value",
            Words = sample.Words is null ? null : "words",
            Tags = sample.Tags is null ? null : "tags",
            Choices = sample.Choices is null ? null : "choices",
            Answers = sample.Spans is null ? null : "answers",
        };
    }

    private static JsonObject Json(TextSample sample, IReadOnlyList<string> names)
    {
        var json = new JsonObject { ["text"] = sample.Text };
        Add("pair", sample.Pair is { } pair ? JsonValue.Create(pair) : null);
        Add("label", sample.Label is not { } label ? null : sample.Choices is null ? JsonValue.Create(names[label]) : JsonValue.Create(label));
        Add("label_set", List(sample.LabelSet?.Select(number => names[number])));
        Add("value", sample.Value is { } value ? JsonValue.Create(value) : null);
        Add("words", List(sample.Words));
        Add("tags", List(sample.Tags?.Select(number => names[number])));
        Add("choices", List(sample.Choices));
        Add("answers", sample.Spans is not { } spans ? null : new JsonObject
        {
            ["text"] = List(spans.Select(span => span.Text)),
            ["answer_start"] = new JsonArray([.. spans.Select(span => (JsonNode?)SquadPlaces.Characters(sample.Pair ?? sample.Text, span.Start))]),
        });
        return json;

        void Add(string name, JsonNode? node)
        {
            if (node is not null)
            {
                json[name] = node;
            }
        }
    }

    private static JsonArray? List(IEnumerable<string>? texts) => texts is null ? null : new([.. texts.Select(text => (JsonNode?)text)]);
}
