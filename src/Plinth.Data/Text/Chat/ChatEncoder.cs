using Plinth.Core;

namespace Plinth.Data.Text.Chat;

/// <summary>How conversations become training samples.</summary>
public sealed record ChatEncodingOptions
{
    /// <summary>Longest sample in tokens; what goes beyond is cut off its end. Null keeps all.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>Whether the tokenizer adds its own special tokens. Templates write them themselves, so usually not.</summary>
    public bool AddsSpecialTokens { get; init; }

    /// <summary>Which of several templates; null chooses by whether there are tools.</summary>
    public string? TemplateName { get; init; }
}

/// <summary>A conversation as the model sees it: its tokens, and which of them are learnt.</summary>
/// <param name="Conversation">Where it came from.</param>
/// <param name="Rendered">Its text.</param>
public sealed record EncodedChat(ChatConversation Conversation, ChatText Rendered)
{
    /// <summary>Token ids, at most the maximum length.</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>The piece of the text behind each token; empty for tokens that the tokenizer added.</summary>
    public required IReadOnlyList<TokenSpan> Spans { get; init; }

    /// <summary>The message whose answer a token belongs to, and so is learnt; -1 for all other tokens.</summary>
    public required IReadOnlyList<int> AnswerOf { get; init; }

    /// <summary>Tokens that were cut off.</summary>
    public required int CutCount { get; init; }

    /// <summary>Answers that lost tokens by cutting.</summary>
    public required IReadOnlyList<int> CutAnswers { get; init; }

    /// <summary>How many tokens are learnt.</summary>
    public int TargetCount => AnswerOf.Count(message => message >= 0);

    /// <summary>The sample that causal fine-tuning takes.</summary>
    public TextSample ToSample() => new(Rendered.Text) { Prepared = new(Ids, [.. AnswerOf.Select(message => message >= 0)]) };
}

/// <summary>Turns conversations into token ids with a mask of what is learnt. Safe for concurrent use.</summary>
public sealed class ChatEncoder
{
    private readonly ChatEncodingOptions options;

    /// <param name="template">The form of conversations.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">Lengths and special tokens.</param>
    public ChatEncoder(ChatTemplate template, Tokenizer tokenizer, ChatEncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.options = options ?? new();
        if (this.options.MaximumLength is < 2)
        {
            throw new RecipeException($"maximum_length = {this.options.MaximumLength} has no room for a prompt and an answer; it must be at least 2.");
        }

        (Template, Tokenizer) = (template, tokenizer);
    }

    /// <summary>The form of conversations.</summary>
    public ChatTemplate Template { get; }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    internal string? TemplateName => options.TemplateName;

    /// <summary>Encodes a conversation.</summary>
    /// <exception cref="TemplateException">The template refuses the messages, errs, or exceeds its limits.</exception>
    public EncodedChat Encode(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ChatText rendered;
        try
        {
            rendered = Template.RenderForTraining(conversation, options.TemplateName);
        }
        catch (TemplateException e) when (conversation.Place.Length > 0)
        {
            throw new TemplateException($"{conversation.Place}: {e.Message}", e) { IsRefusal = e.IsRefusal };
        }
        var encoding = Tokenizer.Encode(rendered.Text, null, options.AddsSpecialTokens);
        var answers = Answers(encoding.Spans, rendered.Assistant);
        var kept = Math.Min(encoding.Count, options.MaximumLength ?? int.MaxValue);
        return new(conversation, rendered)
        {
            Ids = [.. encoding.Ids.Take(kept)],
            Spans = [.. encoding.Spans.Take(kept)],
            AnswerOf = answers[..kept],
            CutCount = encoding.Count - kept,
            CutAnswers = [.. answers.Skip(kept).Where(message => message >= 0).Distinct()],
        };
    }

    private static int[] Answers(IReadOnlyList<TokenSpan> tokens, IReadOnlyList<AssistantSpan> assistant)
    {
        var answers = new int[tokens.Count];
        var next = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            while (next < assistant.Count && assistant[next].Span.End <= tokens[i].Start)
            {
                next++;
            }

            answers[i] = next < assistant.Count && tokens[i].Length > 0 && tokens[i].End > assistant[next].Span.Start && assistant[next].Span.Length > 0
                ? assistant[next].Message : -1;
        }
        return answers;
    }
}
