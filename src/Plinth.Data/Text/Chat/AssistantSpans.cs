namespace Plinth.Data.Text.Chat;

/// <summary>A piece of a rendered conversation that the assistant wrote.</summary>
/// <param name="Message">Number of the message, from 0.</param>
/// <param name="Span">Where it stands in the text.</param>
public readonly record struct AssistantSpan(int Message, TokenSpan Span);

/// <summary>A rendered conversation, and what of it the assistant wrote.</summary>
/// <param name="Text">What the model sees.</param>
/// <param name="Assistant">The pieces to learn, in order.</param>
public sealed record ChatText(string Text, IReadOnlyList<AssistantSpan> Assistant);

/// <summary>
/// Finds what the assistant wrote. A template with <c>{% generation %}</c> says so itself; of any other one it is found by difference: the conversation is
/// rendered again with another answer in the place of each, and what changes with the answer, with the mark that ends it, is the assistant's.
/// </summary>
internal sealed class AssistantSpans(ChatTemplate template, ChatConversation conversation, string? name)
{
    // Private-use characters, which no template trims or parses.
    private const string Probe = "\uE0F3\uE0F1\uE0F2\uE0F3";

    private string text = "";

    public ChatText Find()
    {
        var output = template.Render(conversation, name: name);
        text = output.Text;
        int[] answers = [.. Enumerable.Range(0, conversation.Messages.Count).Where(i => conversation.Messages[i].IsAssistant)];
        if (output.Generated.Count > 0 && output.Generated.Count == answers.Length)
        {
            return new(text, [.. output.Generated.Zip(answers, (span, message) => new AssistantSpan(message, span))]);
        }

        List<AssistantSpan> found = [];
        var from = 0;
        foreach (var answer in answers)
        {
            if (ByDifference(answer, from) is { } span)
            {
                found.Add(new(answer, span));
                from = span.End;
            }
        }
        // Several marks for one answer: each belongs to the answer that it lies in.
        return output.Generated.Count == 0
            ? new(text, found)
            : new(text, [.. output.Generated.Select(span => new AssistantSpan(found.LastOrDefault(f => f.Span.Start <= span.End, new(answers.FirstOrDefault(), default)).Message, span))]);
    }

    /// <summary>Whether another text of a message changes what is rendered to hold it.</summary>
    public static bool Shows(ChatTemplate template, ChatConversation conversation, int message, string? name) =>
        template.Render(conversation.With(message, new ChatMessage(conversation.Messages[message].Role, Probe)), name: name).Text.Contains(Probe, StringComparison.Ordinal);

    private TokenSpan? ByDifference(int answer, int from)
    {
        if (Probed(answer) is not { } probed)
        {
            return null;
        }

        var place = probed.IndexOf(Probe, StringComparison.Ordinal);
        if (place < 0)
        {
            return null;
        }

        var after = probed[(place + Probe.Length)..];
        var contentStart = text.AsSpan().CommonPrefixLength(probed);
        var contentEnd = text.EndsWith(after, StringComparison.Ordinal) ? text.Length - after.Length : text.Length - CommonSuffix(text, after);
        contentEnd = Math.Max(contentEnd, contentStart);
        var end = contentEnd + EndMark(answer, after);
        var start = Start(answer, Math.Max(from, 0), contentStart);
        return start <= end ? new(start, Math.Min(end, text.Length)) : null;
    }

    private string? Probed(int answer)
    {
        try
        {
            return template.Render(conversation.With(answer, new ChatMessage("assistant", Probe)), name: name).Text;
        }
        catch (TemplateException)
        {
            // A template that wants a call before an answer of a tool.
            return Tried(conversation.With(answer, conversation.Messages[answer] with { Text = Probe, Parts = null, Reasoning = null }));
        }
    }

    /// <summary>How many characters after an answer belong to it: the mark with which the model ends its turn.</summary>
    private int EndMark(int answer, string after)
    {
        var isLast = answer == conversation.Messages.Count - 1;
        var alone = isLast ? after : Tried(conversation.First(answer, new ChatMessage("assistant", Probe)));
        if (!isLast)
        {
            var place = alone?.IndexOf(Probe, StringComparison.Ordinal) ?? -1;
            alone = place < 0 ? "" : alone![(place + Probe.Length)..];
        }
        var common = after.AsSpan().CommonPrefixLength(alone);
        if (!isLast || common < after.Length)
        {
            common = WholeMarks(after, common);
        }

        return after.AsSpan(0, common).TrimEnd().Length;
    }

    /// <summary>Does not end inside of a mark such as <c>&lt;|end|&gt;</c>.</summary>
    private static int WholeMarks(string after, int common)
    {
        if (common == after.Length)
        {
            return common;
        }

        for (var i = common - 1; i >= 0; i--)
        {
            if (after[i] is '>' or ']' || char.IsWhiteSpace(after[i]))
            {
                return common;
            }

            if (after[i] is '<' or '[')
            {
                return i;
            }
        }
        return common;
    }

    /// <summary>The answer begins where the prompt for it ends.</summary>
    private int Start(int answer, int from, int contentStart)
    {
        if (Tried(conversation.First(answer), addsPrompt: true) is not { } prompt)
        {
            return contentStart;
        }

        if (prompt.Length >= from && prompt.Length <= contentStart && text.StartsWith(prompt, StringComparison.Ordinal))
        {
            return prompt.Length;
        }

        var without = Tried(conversation.First(answer)) ?? "";
        var mark = prompt[WholeMarks(prompt, without.AsSpan().CommonPrefixLength(prompt))..];
        if (mark.Length == 0 || contentStart <= from)
        {
            return contentStart;
        }

        var at = text.LastIndexOf(mark, contentStart - 1, contentStart - from, StringComparison.Ordinal);
        return at < 0 ? contentStart : at + mark.Length;
    }

    private string? Tried(ChatConversation changed, bool addsPrompt = false)
    {
        if (changed.Messages.Count == 0)
        {
            return null;
        }

        try
        {
            return template.Render(changed, addsPrompt, name).Text;
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static int CommonSuffix(string a, string b)
    {
        var count = 0;
        while (count < a.Length && count < b.Length && a[^(count + 1)] == b[^(count + 1)])
        {
            count++;
        }

        return count;
    }
}
