using System.Text.Json;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;

namespace Plinth.Tests.Chat;

/// <summary>Conversations, templates and a tokenizer of characters and marks to test with.</summary>
internal static class ChatCases
{
    /// <summary>The form of many models: a mark and the role before each message, a mark after it.</summary>
    public const string Plain = "{% for m in messages %}{{ '<|' ~ m.role ~ '|>' ~ m.content ~ '<|end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private static readonly string[] Marks = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    public static ChatConversation Of(string json) => ChatFiles.FromJson(JsonDocument.Parse(json).RootElement, "test");

    public static ChatConversation Turns(params string[] turns) => new([.. turns.Select(turn => turn.Split(": ", 2)).Select(pair => new ChatMessage(pair[0], pair[1]))]);

    /// <summary>What is learnt of a rendered conversation.</summary>
    public static string[] Learnt(ChatText text) => [.. text.Assistant.Select(a => $"{a.Message}:{text.Text[a.Span.Start..a.Span.End]}")];

    /// <summary>Writes a folder with a tokenizer and a template.</summary>
    public static void Write(string folder, string template)
    {
        Directory.CreateDirectory(folder);
        var characters = Enumerable.Range(32, 95).Select(c => ((char)c).ToString()).Append("\n").Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i + Marks.Length);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Marks.Select((content, id) => new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }),
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new object[] { new { SpecialToken = new { id = "<s>", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } } },
                pair = new object[] { new { SpecialToken = new { id = "<s>", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } }, new { Sequence = new { id = "B", type_id = 1 } } },
                special_tokens = new Dictionary<string, object> { ["<s>"] = new { id = "<s>", ids = new[] { 1 }, tokens = new[] { "<s>" } } },
            },
            model = new { type = "BPE", vocab = Marks.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i).Concat(characters).ToDictionary(p => p.Key, p => p.Value), merges = Array.Empty<string>(), unk_token = "<unk>" },
        }));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new { bos_token = "<s>", eos_token = new { content = "</s>" }, unk_token = "<unk>", chat_template = template }));
    }

    public static ChatEncoder Encoder(TemporaryFolder folder, string template, ChatEncodingOptions? options = null)
    {
        Write(folder.Root, template);
        return new(ChatTemplate.Load(folder.Root), TokenizerFiles.Load(folder.Root), options);
    }
}
