using Plinth.Core;
using Plinth.Data.Text.Chat;

namespace Plinth.Tests.Chat;

public sealed class ChatLinterTests : IDisposable
{
    private const string Begun = "{{ bos_token }}" + ChatCases.Plain;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_sound_conversation_has_no_finding() => Assert.Empty(Faults(Begun, ["system: S", "user: a", "assistant: b", "user: c", "assistant: d"]));

    [Fact]
    public void An_end_that_is_never_learnt_is_found() => Assert.Equal(
        [ChatFault.EndNeverTrained],
        Faults("{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}<|end|>{% endfor %}", ["user: a", "assistant: b"]));

    [Fact]
    public void A_doubled_start_is_found() => Assert.Equal([ChatFault.DoubledStart], Faults(Begun, ["user: a", "assistant: b"], new() { AddsSpecialTokens = true }));

    [Fact]
    public void A_dropped_system_message_is_found() => Assert.Equal(
        [ChatFault.DroppedSystem],
        Faults("{% for m in messages if m.role != 'system' %}{{ '<|' ~ m.role ~ '|>' ~ m.content ~ '<|end|>' }}{% endfor %}", ["system: S", "user: a", "assistant: b"]));

    [Fact]
    public void A_cut_answer_is_found() => Assert.Equal([ChatFault.TruncatedAnswer], Faults(ChatCases.Plain, ["user: a", "assistant: bcdefghijk"], new() { MaximumLength = 9 }));

    [Fact]
    public void An_answer_that_is_not_learnt_is_found() => Assert.Equal(
        [ChatFault.UntrainedAnswer],
        Faults("{% for m in messages %}{% if m.role != 'assistant' or loop.last %}{{ '<|' ~ m.role ~ '|>' ~ m.content ~ '<|end|>' }}{% endif %}{% endfor %}", ["user: a", "assistant: b", "user: c", "assistant: d"]));

    [Fact]
    public void A_conversation_without_an_answer_is_found() => Assert.Equal([ChatFault.UntrainedAnswer], Faults(ChatCases.Plain, ["user: a"]));

    [Fact]
    public void An_empty_answer_is_found() => Assert.Equal([ChatFault.EmptyAnswer], Faults(ChatCases.Plain, ["user: a", "assistant:   "]));

    [Fact]
    public void A_finding_says_where()
    {
        var encoder = ChatCases.Encoder(folder, ChatCases.Plain);
        var chat = encoder.Encode(ChatCases.Turns("user: a", "assistant: ") with { Place = "chats.jsonl:7" });
        Assert.StartsWith("chats.jsonl:7, message 1:", new ChatLinter(encoder).Lint(chat)[0].Text, StringComparison.Ordinal);
    }

    private List<ChatFault> Faults(string template, string[] turns, ChatEncodingOptions? options = null)
    {
        var encoder = ChatCases.Encoder(folder, template, options);
        return [.. new ChatLinter(encoder).Lint(encoder.Encode(ChatCases.Turns(turns))).Select(finding => finding.Fault)];
    }
}
