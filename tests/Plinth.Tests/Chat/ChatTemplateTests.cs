using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Text.Chat;

namespace Plinth.Tests.Chat;

public sealed class ChatTemplateTests
{
    [Fact]
    public void A_folder_gives_its_template_with_its_tokens()
    {
        using var folder = new TemporaryFolder();
        ChatCases.Write(folder.Root, "{{ bos_token }}{% for m in messages %}{{ m.role }}={{ m.content }}{{ eos_token }}{% endfor %}{{ pad_token is defined }}{{ tools is none }}");
        var template = ChatTemplate.Load(folder.Root);
        Assert.Equal("<s>user=hi</s>FalseTrue", template.Render(ChatCases.Turns("user: hi")).Text);
        // The file of its own goes before the config.
        File.WriteAllText(folder.Path("chat_template.jinja"), "{{ eos_token }}{{ add_generation_prompt }}");
        Assert.Equal("</s>True", ChatTemplate.Load(folder.Root).Render(ChatCases.Turns("user: hi"), addsPrompt: true).Text);
        Assert.Equal("</s>False", ChatTemplate.Load(folder.Path("chat_template.jinja")).Render(ChatCases.Turns("user: hi")).Text);
    }

    [Fact]
    public void Of_several_templates_tools_choose_theirs()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer_config.json"),
            """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "{{ tools | tojson }}"}, {"name": "rag", "template": "search"}]}""");
        var template = ChatTemplate.Load(folder.Root);
        var plain = ChatCases.Turns("user: hi");
        Assert.Equal(["default", "tool_use", "rag"], template.Names);
        Assert.Equal("plain", template.Render(plain).Text);
        Assert.Equal("search", template.Render(plain, name: "rag").Text);
        Assert.Equal("""[{"name": "f"}]""", template.Render(plain with { Tools = [JsonDocument.Parse("""{"name":"f"}""").RootElement] }).Text);
        Assert.Contains("default, tool_use, rag", Assert.Throws<BadInputException>(() => template.Render(plain, name: "x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"chat_template": 3}""", "list of templates")]
    [InlineData("""{"chat_template": [{"name": "x"}]}""", "'template'")]
    [InlineData("{}", "no chat template")]
    [InlineData("""{"chat_template": "{% if %}"}""", "line 1")]
    public void What_is_no_template_is_said(string config, string words)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer_config.json"), config);
        Assert.Contains(words, Assert.ThrowsAny<BadInputException>(() => ChatTemplate.Load(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_come_back_as_the_file_has_them()
    {
        const string Json = """{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"image","url":"u"}],"reasoning_content":"r","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":{"x":[1,2.50]}}}],"name":"n"}""";
        var message = ChatMessage.FromJson(JsonDocument.Parse(Json).RootElement, "here");
        Assert.Equal(Json, message.ToJson().GetRawText());
        Assert.Equal("a", message.AllText);
        Assert.Equal("f", message.ToolCalls[0].Name);
        Assert.Throws<BadInputException>(() => ChatMessage.FromJson(JsonDocument.Parse("""{"content": "x"}""").RootElement, "here"));
        Assert.Throws<BadInputException>(() => ChatMessage.FromJson(JsonDocument.Parse("""{"role": "user", "content": 3}""").RootElement, "here"));
        Assert.Throws<BadInputException>(() => ChatCases.Of("""{"messages": []}"""));
    }

    [Fact]
    public void What_the_assistant_wrote_is_found_by_difference()
    {
        var text = ChatTemplate.Parse(ChatCases.Plain).RenderForTraining(ChatCases.Turns("system: S", "user: one", "assistant: eins", "user: <two>", "assistant: zwei\n"));
        Assert.Equal("<|system|>S<|end|>\n<|user|>one<|end|>\n<|assistant|>eins<|end|>\n<|user|><two><|end|>\n<|assistant|>zwei\n<|end|>\n", text.Text);
        Assert.Equal(["2:eins<|end|>", "4:zwei\n<|end|>"], ChatCases.Learnt(text));
    }

    [Fact]
    public void An_end_that_only_the_last_turn_has_is_the_last_turns()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<end>\n\n{% endfor %}{% if add_generation_prompt %}<assistant>{% else %}<eos>{% endif %}");
        Assert.Equal(["1:a<end>", "3:b<end>\n\n<eos>"], ChatCases.Learnt(template.RenderForTraining(ChatCases.Turns("user: x", "assistant:  a ", "user: y", "assistant: b"))));
    }

    [Fact]
    public void Marks_of_generation_go_before_difference()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}<end>{% endfor %}");
        Assert.Equal(["1:a", "3:b"], ChatCases.Learnt(template.RenderForTraining(ChatCases.Turns("user: x", "assistant: a", "user: y", "assistant: b"))));
    }

    [Fact]
    public void Calls_of_tools_are_the_assistants()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% for c in m.tool_calls %}[{{ c.function.name }} {{ c.function.arguments | tojson }}]{% endfor %}<end>\n\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
        var text = template.RenderForTraining(ChatCases.Of("""{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, {"role": "tool", "content": "7"}, {"role": "assistant", "content": "seven"}]}"""));
        Assert.Equal(["""1:[f {"a": 1}]<end>""", "3:seven<end>"], ChatCases.Learnt(text));
    }
}
