using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Tasks;

namespace Plinth.Tests.Inference;

/// <summary>A small chat model that knows a few conversations by heart, and its template, which has tools.</summary>
internal static class ChatModels
{
    public const string Template = """
        {%- if tools %}{{- '<|system|>tools ' + (tools | map(attribute='function.name') | join(',')) + '<|end|>' }}{%- endif %}
        {%- for m in messages %}{{- '<|' + m.role + '|>' }}{%- if m.content %}{{- m.content }}{%- endif %}
        {%- for call in m.tool_calls or [] %}{{- '<tool_call>' + ({"name": call.function.name, "arguments": call.function.arguments} | tojson) + '</tool_call>' }}{%- endfor %}{{- '<|end|>' }}{%- endfor %}
        {%- if mood %}{{- mood }}{%- endif %}
        {%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}
        """;

    /// <summary>Without a place for system messages and tools.</summary>
    public const string PoorTemplate = "{% for m in messages %}{% if m.role != 'system' %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private static readonly Lazy<(Model Model, Tokenizer Tokenizer)> Trained = new(Train);

    public static Model Model => Trained.Value.Model;

    public static Tokenizer Tokenizer => Trained.Value.Tokenizer;

    public static ChatTemplate Form => ChatTemplate.Parse(Template);

    /// <summary>The model as a folder.</summary>
    public static string Save(string folder, bool hasTemplate = true)
    {
        Checkpoint.Save(Model, folder, fresh =>
        {
            Tokenizer.Save(fresh);
            if (hasTemplate)
            {
                File.WriteAllText(Path.Combine(fresh, "chat_template.jinja"), Template);
            }
        });
        return folder;
    }

    private static (Model, Tokenizer) Train()
    {
        var tool = JsonDocument.Parse("""{"type":"function","function":{"name":"add","parameters":{}}}""").RootElement;
        var arguments = JsonDocument.Parse("""{"a": 2, "b": 3}""").RootElement;
        ChatMessage call = new("assistant") { ToolCalls = [new("add", arguments)] };
        ChatConversation[] conversations =
        [
            new([new("user", "hi"), new("assistant", "hello there, how are you today? ééé"), new("user", "bye"), new("assistant", "good bye")]),
            new([new("system", "be brief"), new("user", "hi"), new("assistant", "yes")]),
            new([new("user", "add 2 and 3"), call, new("tool", "5"), new("assistant", "it is five")]) { Tools = [tool] },
        ];
        string[] corpus = [.. conversations.Select(conversation => Form.Render(conversation).Text), """{"a": 1, "b": [true, false, null]} "quoted" """];
        var tokenizer = ByteLevelBpeTrainer.Train(corpus.SelectMany(text => Enumerable.Repeat(text, 3)), new()
        {
            VocabularySize = 360, SpecialTokens = ["<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"],
        });
        var encoder = new ChatEncoder(Form, tokenizer);
        var model = TinyModels.For(HeadKind.CausalLanguageModeling, tokenizer.VocabularySize, maximumLength: 256);
        // The task owns the model, so it is not disposed here.
        var task = new CausalFinetuning(model, tokenizer);
        TinyModels.Fit(task, task.Collate([.. conversations.Select(conversation => encoder.Encode(conversation).ToSample())]), 160, 5e-3);
        model.eval();
        return (model, tokenizer);
    }
}
