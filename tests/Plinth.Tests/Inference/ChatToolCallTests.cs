using System.Text.Json;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Chat;

namespace Plinth.Tests.Inference;

public sealed class ChatToolCallTests
{
    private static readonly JsonElement Tool = JsonDocument.Parse("""{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}""").RootElement;
    private static readonly HashSet<string> Names = ["add", "sub"];
    private static readonly ToolCallForm Marked = new("<tool_call>\n", "</tool_call>", "name", "arguments"), Bare = new("", "", "name", "parameters"), List = new("[TOOL_CALLS] [", "]", "name", "arguments");

    [Fact]
    public void The_form_of_calls_is_learnt_from_published_templates()
    {
        ToolCallForm? Form(string name) => ToolCallForm.Find(ChatTemplate.Load(Fixtures.Shared($"tokenizers/chat_templates/{name}.tokenizer_config.json")), [Tool]);
        Assert.Equal(new("<tool_call>\n", "</tool_call>", "name", "arguments"), Form("qwen3"));
        Assert.Null(Form("nvidia-mistral"));
        Assert.Null(Form("phi-4-base"));
    }

    [Fact]
    public void A_template_without_calls_has_no_form()
    {
        Assert.Null(ToolCallForm.Find(ChatTemplate.Parse(ChatModels.PoorTemplate), [Tool]));
        Assert.Equal(("<tool_call>", "</tool_call>"), (ToolCallForm.Find(ChatModels.Form, [Tool])!.Prefix, ToolCallForm.Find(ChatModels.Form, [Tool])!.Suffix));
    }

    [Fact]
    public void Text_before_a_call_comes_at_once_and_the_call_does_not()
    {
        var reader = new ToolCallReader(Marked, Names);
        var text = string.Concat(new[] { "Let me ", "see. <to", "ol_c", "all>\n{\"name\": \"add\",", " \"arguments\": {\"a\": 1}}\n</tool_call>" }.Select(reader.Append));
        var (calls, others) = reader.Finish();
        Assert.Equal("Let me see. ", text);
        Assert.Equal("", others);
        Assert.Equal(("add", 1), (Assert.Single(calls).Name, calls[0].Arguments.GetProperty("a").GetInt32()));
        // What only began like a call is text after all.
        reader = new(Marked, Names);
        Assert.Equal("a < b <to be", string.Concat(new[] { "a <", " b <to", " be" }.Select(reader.Append)));
    }

    [Theory]
    [InlineData("""<tool_call>{"name": "add", "arguments": {}}</tool_call><tool_call>{"name": "sub", "arguments": {"b": [1]}}</tool_call>""", "add sub", "")]
    [InlineData("""<tool_call>{"name": "mul", "arguments": {}}</tool_call>""", "", """<tool_call>{"name": "mul", "arguments": {}}</tool_call>""")]
    [InlineData("""<tool_call>{"name": "add", "arguments": """, "", """<tool_call>{"name": "add", "arguments": """)]
    [InlineData("""<tool_call>{"name": "add"}</tool_call>""", "", """<tool_call>{"name": "add"}</tool_call>""")]
    [InlineData("""<tool_call>{"name": "add", "arguments": "{\"a\": 1}"}</tool_call> done""", "add", " done")]
    public void Only_whole_calls_of_known_tools_are_calls(string text, string expected, string rest)
    {
        var reader = new ToolCallReader(Marked, Names);
        var given = reader.Append(text);
        var (calls, others) = reader.Finish();
        Assert.Equal(expected, string.Join(' ', calls.Select(call => call.Name)));
        Assert.Equal(rest, given + others);
    }

    [Fact]
    public void Bare_calls_and_lists_of_calls_are_read()
    {
        var reader = new ToolCallReader(Bare, Names);
        Assert.Equal("", reader.Append("{\"name\": \"sub\", \"parameters\": {}}"));
        Assert.True(reader.HasCall);
        Assert.Equal("sub", Assert.Single(reader.Finish().Calls).Name);
        reader = new(Bare, Names);
        Assert.Equal("No tool.", reader.Append("No tool."));
        reader = new(List, Names);
        Assert.Equal("", reader.Append("""[TOOL_CALLS] [{"name": "add", "arguments": {}, "id": "1"}, {"name": "sub", "arguments": {}}]"""));
        var (calls, others) = reader.Finish();
        Assert.Equal(["add", "sub"], calls.Select(call => call.Name));
        Assert.Equal("", others);
    }
}
