using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Text.Chat;

namespace Plinth.Tests.Chat;

/// <summary>Published templates, where they are at hand. The expected texts were worked out from the templates by hand.</summary>
public sealed class RealChatTemplateTests
{
    private const string Tool = """{"type": "function", "function": {"name": "add", "description": "Adds <two> numbers, é", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}}""";

    private static readonly ChatConversation Four = ChatCases.Turns("system: Be brief.", "user: Hi", "assistant: Hello!", "user: Bye");

    [Fact]
    public void Phi3_mini()
    {
        var template = Load("phi3_mini");
        const string Start = "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nBye<|end|>\n";
        Assert.Equal(Start + "<|assistant|>\n", template.Render(Four, addsPrompt: true).Text);
        Assert.Equal(Start + "<|endoftext|>", template.Render(Four).Text);
        Assert.Equal("<|user|>\nHi<|end|>\n<|assistant|>\n", template.Render(ChatCases.Turns("user: Hi"), addsPrompt: true).Text);
        Assert.Equal(["2:Hello!<|end|>", "4:See you<|end|>\n<|endoftext|>"], ChatCases.Learnt(template.RenderForTraining(ChatCases.Turns("system: Be brief.", "user: Hi", "assistant: Hello!", "user: Bye", "assistant: See you"))));
    }

    [Fact]
    public void Phi3_vision()
    {
        var template = Load("chat_templates/phi-3-vision.tokenizer_config.json");
        const string Start = "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello!<|end|>\n";
        Assert.Equal(Start + "<|user|>\nBye<|end|>\n<|assistant|>\n", template.Render(Four, addsPrompt: true).Text);
        // After an answer there is no prompt for another.
        Assert.Equal(Start, template.Render(new(Four.Messages.Take(3).ToList()), addsPrompt: true).Text);
        Assert.Equal(["2:Hello!<|end|>"], ChatCases.Learnt(template.RenderForTraining(Four)));
    }

    [Fact]
    public void Phi4()
    {
        var template = Load("chat_templates/phi-4-base.tokenizer_config.json");
        const string Start = "<|im_start|>system<|im_sep|>Be brief.<|im_end|><|im_start|>user<|im_sep|>Hi<|im_end|><|im_start|>assistant<|im_sep|>Hello!<|im_end|><|im_start|>user<|im_sep|>Bye<|im_end|>";
        Assert.Equal(Start + "<|im_start|>assistant<|im_sep|>", template.Render(Four, addsPrompt: true).Text);
        Assert.Equal(Start, template.Render(Four).Text);
        Assert.Equal(["2:Hello!<|im_end|>"], ChatCases.Learnt(template.RenderForTraining(Four)));
    }

    [Fact]
    public void Nvidia_Mistral()
    {
        var template = Load("chat_templates/nvidia-mistral.tokenizer_config.json");
        Assert.Equal("<extra_id_0>System\nBe brief.\n\n<extra_id_1>User\nHi\n<extra_id_1>Assistant\nHello!\n<extra_id_1>User\nBye\n<extra_id_1>Assistant\n", template.Render(Four).Text);
        Assert.Equal("<extra_id_0>System\n\n<extra_id_1>User\nHi\n<extra_id_1>Assistant\n", template.Render(ChatCases.Turns("user:   Hi \n"), addsPrompt: true).Text);
        // The template ends no answer, and so nothing of an end is learnt.
        Assert.Equal(["2:Hello!"], ChatCases.Learnt(template.RenderForTraining(Four)));
    }

    [Fact]
    public void Qwen3_without_tools()
    {
        var template = Load("chat_templates/qwen3.tokenizer_config.json");
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", template.Render(ChatCases.Turns("user: Hi"), addsPrompt: true).Text);
        var quiet = ChatCases.Turns("user: Hi") with { Variables = new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonDocument.Parse("false").RootElement } };
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", template.Render(quiet, addsPrompt: true).Text);
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
            template.Render(Four, addsPrompt: true).Text);
    }

    [Fact]
    public void Qwen3_keeps_the_thoughts_of_the_last_answer_only()
    {
        var template = Load("chat_templates/qwen3.tokenizer_config.json");
        var conversation = ChatCases.Turns("user: Hi", "assistant: <think>\nfirst\n</think>\n\nHello!", "user: Bye", "assistant: <think>\nsecond\n</think>\n\nSee you");
        var text = template.RenderForTraining(conversation);
        Assert.Equal(
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n<think>\nsecond\n</think>\n\nSee you<|im_end|>\n",
            text.Text);
        Assert.Equal(["1:Hello!<|im_end|>", "3:<think>\nsecond\n</think>\n\nSee you<|im_end|>"], ChatCases.Learnt(text));
    }

    [Fact]
    public void Qwen3_with_tools()
    {
        var template = Load("chat_templates/qwen3.tokenizer_config.json");
        var conversation = ChatCases.Of("""
            {"messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "1+2?"},
                {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2}}}, {"type": "function", "function": {"name": "add", "arguments": "{\"a\": 5}"}}]},
                {"role": "tool", "content": "3"},
                {"role": "tool", "content": "5"},
                {"role": "assistant", "content": "Three."}],
             "tools": [
            """ + Tool + "]}");
        var text = template.RenderForTraining(conversation);
        Assert.Equal(
            "<|im_start|>system\nBe brief.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
            + Tool
            + "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n"
            + "<|im_start|>user\n1+2?<|im_end|>\n"
            + "<|im_start|>assistant\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": 2}}\n</tool_call>\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 5}}\n</tool_call><|im_end|>\n"
            + "<|im_start|>user\n<tool_response>\n3\n</tool_response>\n<tool_response>\n5\n</tool_response><|im_end|>\n"
            + "<|im_start|>assistant\n<think>\n\n</think>\n\nThree.<|im_end|>\n",
            text.Text);
        Assert.Equal(2, text.Assistant.Count);
        Assert.StartsWith("2:<tool_call>\n", ChatCases.Learnt(text)[0], StringComparison.Ordinal);
        Assert.EndsWith("</tool_call><|im_end|>", ChatCases.Learnt(text)[0], StringComparison.Ordinal);
        Assert.Equal("5:<think>\n\n</think>\n\nThree.<|im_end|>", ChatCases.Learnt(text)[1]);
    }

    [Fact]
    public void A_config_without_a_template_is_said() => // this copy of SmolLM3's config has none
        Assert.Contains("no chat template", Assert.Throws<BadInputException>(() => Load("chat_templates/v5_smollm3.tokenizer_config.json")).Message, StringComparison.Ordinal);

    private static ChatTemplate Load(string name) => ChatTemplate.Load(Fixtures.Shared($"tokenizers/{name}"));
}
