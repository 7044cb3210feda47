using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plinth.Data.Text;

/// <summary>Writes <c>tokenizer.json</c> in the form that Hugging Face's library reads, for trainers and for older forms of files.</summary>
internal static class TokenizerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    public static byte[] Write(
        IEnumerable<(int Id, string Content)> special, JsonNode? normalizer, JsonNode? preTokenizer, JsonNode? postProcessor, JsonNode? decoder, Action<Utf8JsonWriter> writeModel)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("version", "1.0");
            writer.WriteNull("truncation");
            writer.WriteNull("padding");
            writer.WriteStartArray("added_tokens");
            foreach (var (id, content) in special)
            {
                WriteAdded(writer, id, content);
            }

            writer.WriteEndArray();
            WriteNode(writer, "normalizer", normalizer);
            WriteNode(writer, "pre_tokenizer", preTokenizer);
            WriteNode(writer, "post_processor", postProcessor);
            WriteNode(writer, "decoder", decoder);
            writer.WriteStartObject("model");
            writeModel(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    public static void WriteBpe(
        Utf8JsonWriter writer, IEnumerable<(string Token, int Id)> vocabulary, IEnumerable<(string Left, string Right)> merges, string? unknown = null, string? endSuffix = null,
        bool fusesUnknown = false, bool fallsBackToBytes = false)
    {
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteString("unk_token", unknown);
        writer.WriteNull("continuing_subword_prefix");
        writer.WriteString("end_of_word_suffix", endSuffix);
        writer.WriteBoolean("fuse_unk", fusesUnknown);
        writer.WriteBoolean("byte_fallback", fallsBackToBytes);
        writer.WriteBoolean("ignore_merges", false);
        WriteVocabulary(writer, vocabulary);
        writer.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(left);
            writer.WriteStringValue(right);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    public static void WriteWordPiece(Utf8JsonWriter writer, IEnumerable<(string Token, int Id)> vocabulary, string unknown)
    {
        writer.WriteString("type", "WordPiece");
        writer.WriteString("unk_token", unknown);
        writer.WriteString("continuing_subword_prefix", "##");
        writer.WriteNumber("max_input_chars_per_word", 100);
        WriteVocabulary(writer, vocabulary);
    }

    public static void WriteUnigram(Utf8JsonWriter writer, IEnumerable<(string Token, double Score)> vocabulary, int unknownId, bool fallsBackToBytes)
    {
        writer.WriteString("type", "Unigram");
        writer.WriteNumber("unk_id", unknownId);
        writer.WriteStartArray("vocab");
        foreach (var (token, score) in vocabulary)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(token);
            writer.WriteNumberValue(score);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("byte_fallback", fallsBackToBytes);
    }

    public static JsonObject ByteFallbackDecoder() => new()
    {
        ["type"] = "Sequence", ["decoders"] = new JsonArray(new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" }),
    };

    /// <summary>One text in the place of another, as a normaliser or a decoder.</summary>
    public static JsonObject Replace(string found, string instead) => new()
    {
        ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = found }, ["content"] = instead,
    };

    public static JsonObject ByteLevel(bool trimsOffsets = true, bool splits = true) => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = trimsOffsets, ["use_regex"] = splits,
    };

    public static JsonObject BertNormalizer(bool lowercase) => new()
    {
        ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null, ["lowercase"] = lowercase,
    };

    public static JsonObject WordPieceDecoder() => new() { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true };

    /// <summary>BERT's template: the class token before, a separator after each text.</summary>
    public static JsonObject BertTemplate(string classToken, int classId, string separator, int separatorId) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Special(classToken, 0), Sequence("A", 0), Special(separator, 0)),
        ["pair"] = new JsonArray(Special(classToken, 0), Sequence("A", 0), Special(separator, 0), Sequence("B", 1), Special(separator, 1)),
        ["special_tokens"] = new JsonObject { [classToken] = Ids(classToken, classId), [separator] = Ids(separator, separatorId) },
    };

    /// <summary>RoBERTa's template: one token before all, another after each text, and once more between two.</summary>
    public static JsonObject RobertaTemplate(string begin, int beginId, string end, int endId) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Special(begin, 0), Sequence("A", 0), Special(end, 0)),
        ["pair"] = new JsonArray(Special(begin, 0), Sequence("A", 0), Special(end, 0), Special(end, 0), Sequence("B", 0), Special(end, 0)),
        ["special_tokens"] = new JsonObject { [begin] = Ids(begin, beginId), [end] = Ids(end, endId) },
    };

    /// <summary>A template with the end token after each text.</summary>
    public static JsonObject EndTemplate(string end, int id) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Sequence("A", 0), Special(end, 0)),
        ["pair"] = new JsonArray(Sequence("A", 0), Special(end, 0), Sequence("B", 1), Special(end, 1)),
        ["special_tokens"] = new JsonObject { [end] = Ids(end, id) },
    };

    /// <summary>A template with the begin token before each text, as Llama's.</summary>
    public static JsonObject BeginTemplate(string begin, int id) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Special(begin, 0), Sequence("A", 0)),
        ["pair"] = new JsonArray(Special(begin, 0), Sequence("A", 0), Special(begin, 1), Sequence("B", 1)),
        ["special_tokens"] = new JsonObject { [begin] = Ids(begin, id) },
    };

    private static JsonObject Special(string token, int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } };

    private static JsonObject Sequence(string name, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };

    private static JsonObject Ids(string token, int id) => new() { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };

    private static void WriteVocabulary(Utf8JsonWriter writer, IEnumerable<(string Token, int Id)> vocabulary)
    {
        writer.WriteStartObject("vocab");
        foreach (var (token, id) in vocabulary)
        {
            writer.WriteNumber(token, id);
        }

        writer.WriteEndObject();
    }

    private static void WriteAdded(Utf8JsonWriter writer, int id, string content)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", id);
        writer.WriteString("content", content);
        writer.WriteBoolean("single_word", false);
        writer.WriteBoolean("lstrip", false);
        writer.WriteBoolean("rstrip", false);
        writer.WriteBoolean("normalized", false);
        writer.WriteBoolean("special", true);
        writer.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter writer, string name, JsonNode? node)
    {
        writer.WritePropertyName(name);
        if (node is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            node.WriteTo(writer);
        }
    }
}
