namespace Plinth.Data.Text.Chat;

/// <summary>What is wrong with a conversation as training data.</summary>
public enum ChatFault
{
    /// <summary>No answer ends with an end token that is learnt: the model would never stop.</summary>
    EndNeverTrained,

    /// <summary>The text begins with two start tokens: the template's and the tokenizer's.</summary>
    DoubledStart,

    /// <summary>The template leaves the system message out.</summary>
    DroppedSystem,

    /// <summary>An answer lost its end to the maximum length.</summary>
    TruncatedAnswer,

    /// <summary>Nothing of an answer is learnt.</summary>
    UntrainedAnswer,

    /// <summary>An answer says nothing and calls nothing.</summary>
    EmptyAnswer,
}

/// <summary>A fault and its place.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Message">Number of the message, from 0; -1 for the whole conversation.</param>
/// <param name="Text">One line for the reader: where, what, and how to mend it.</param>
public sealed record ChatFinding(ChatFault Fault, int Message, string Text);

/// <summary>Looks for what spoils training on conversations without any error.</summary>
/// <param name="encoder">Template, tokenizer and lengths.</param>
public sealed class ChatLinter(ChatEncoder encoder)
{
    /// <summary>Looks through an encoded conversation.</summary>
    public IReadOnlyList<ChatFinding> Lint(EncodedChat chat)
    {
        ArgumentNullException.ThrowIfNull(chat);
        return [.. Starts(chat), .. Systems(chat), .. Answers(chat), .. Ends(chat)];
    }

    private IEnumerable<ChatFinding> Starts(EncodedChat chat)
    {
        if (encoder.Tokenizer.BeginId is { } begin && chat.Ids.Count > 1 && chat.Ids[0] == begin && chat.Ids[1] == begin)
        {
            yield return Found(chat, ChatFault.DoubledStart, -1, $"begins with the start token '{encoder.Tokenizer.TokenOf(begin)}' twice; the template writes it, so the tokenizer must not add it too.");
        }
    }

    private IEnumerable<ChatFinding> Systems(EncodedChat chat)
    {
        var messages = chat.Conversation.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is "system" or "developer" && !string.IsNullOrWhiteSpace(messages[i].AllText) && !Shows(chat, i))
            {
                yield return Found(chat, ChatFault.DroppedSystem, i, $"the template leaves out the {messages[i].Role} message; put its text into the first user message.");
            }
        }
    }

    private bool Shows(EncodedChat chat, int message)
    {
        try
        {
            return AssistantSpans.Shows(encoder.Template, chat.Conversation, message, encoder.TemplateName);
        }
        catch (TemplateException)
        {
            // A template that reads the message's form shows it; one that does not, cannot mind.
            return true;
        }
    }

    private static IEnumerable<ChatFinding> Answers(EncodedChat chat)
    {
        var messages = chat.Conversation.Messages;
        var learnt = chat.AnswerOf.ToHashSet();
        for (var i = 0; i < messages.Count; i++)
        {
            if (!messages[i].IsAssistant)
            {
                continue;
            }

            if (string.IsNullOrWhiteSpace(messages[i].AllText) && messages[i].ToolCalls.Count == 0)
            {
                yield return Found(chat, ChatFault.EmptyAnswer, i, "the answer is empty; leave the conversation out or end it before.");
            }

            if (chat.CutAnswers.Contains(i))
            {
                yield return Found(chat, ChatFault.TruncatedAnswer, i, $"the answer is cut: the conversation has {chat.Ids.Count + chat.CutCount} tokens, {chat.Ids.Count} are kept.");
            }
            else if (!learnt.Contains(i))
            {
                yield return Found(chat, ChatFault.UntrainedAnswer, i, "nothing of the answer is learnt; the template drops it, or its marks of generation leave it out.");
            }
        }
        if (!messages.Any(message => message.IsAssistant))
        {
            yield return Found(chat, ChatFault.UntrainedAnswer, -1, "there is no answer to learn from.");
        }
    }

    private IEnumerable<ChatFinding> Ends(EncodedChat chat)
    {
        var whole = chat.AnswerOf.Where(message => message >= 0).Distinct().Except(chat.CutAnswers).ToList();
        if (whole.Count > 0 && !whole.Any(message => EndsWell(chat, message)))
        {
            yield return Found(chat, ChatFault.EndNeverTrained, -1, "no answer ends with an end token that is learnt, so the model would never stop; the template must write one inside of what the assistant says.");
        }
    }

    private bool EndsWell(EncodedChat chat, int message)
    {
        var last = Enumerable.Range(0, chat.Ids.Count).Last(i => chat.AnswerOf[i] == message);
        return chat.Ids[last] == encoder.Tokenizer.EndId || encoder.Tokenizer.SpecialIds.Contains(chat.Ids[last]);
    }

    private static ChatFinding Found(EncodedChat chat, ChatFault fault, int message, string text)
    {
        var place = chat.Conversation.Place.Length > 0 ? chat.Conversation.Place : "conversation";
        return new(fault, message, message < 0 ? $"{place}: {text}" : $"{place}, message {message}: {text}");
    }
}
