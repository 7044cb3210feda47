using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a conversation as tokens: what is trained on is green, or stands between ⟦ and ⟧ where there are no colours; special tokens are underlined.</summary>
internal static class ChatView
{
    public static void Write(IAnsiConsole console, EncodedChat chat, Tokenizer tokenizer)
    {
        var hasColours = TokenText.HasColours(console);
        var writer = console.Profile.Out.Writer;
        var cut = chat.CutCount > 0 ? $", {chat.CutCount:N0} more cut off" : "";
        writer.WriteLine($"── {chat.Conversation.Place}: {chat.Ids.Count:N0} tokens, {chat.TargetCount:N0} trained on{cut}");
        for (var i = 0; i < chat.Ids.Count; i++)
        {
            var isTarget = chat.AnswerOf[i] >= 0;
            var text = Shown(chat, tokenizer, i);
            if (hasColours)
            {
                // Past the console's renderer, which would break lines where the text has none.
                console.Write(new ControlCode(TokenText.Ansi(text, isTarget, tokenizer.SpecialIds.Contains(chat.Ids[i]))));
            }
            else
            {
                var (begins, ends) = (isTarget && (i == 0 || chat.AnswerOf[i - 1] < 0), isTarget && (i + 1 == chat.Ids.Count || chat.AnswerOf[i + 1] < 0));
                writer.Write($"{(begins ? "⟦" : "")}{text}{(ends ? "⟧" : "")}");
            }
        }

        writer.WriteLine();
        writer.WriteLine();
        writer.Flush();
    }

    /// <summary>The text of a token; several tokens may share one character, which is shown with the first.</summary>
    private static string Shown(EncodedChat chat, Tokenizer tokenizer, int token)
    {
        var span = chat.Spans[token];
        if (span.Length == 0)
        {
            return TokenText.Clean(tokenizer.TokenOf(chat.Ids[token]) ?? "");
        }

        var from = Math.Max(span.Start, Enumerable.Range(Math.Max(0, token - 8), Math.Min(token, 8)).Select(i => chat.Spans[i].End).DefaultIfEmpty(0).Max());
        return from >= span.End ? "" : TokenText.Clean(chat.Rendered.Text[from..span.End]);
    }
}
