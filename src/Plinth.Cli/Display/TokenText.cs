using Plinth.Data.Text;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>How single tokens are shown on a console.</summary>
internal static class TokenText
{
    /// <summary>What a token writes between others; its own form where it writes nothing.</summary>
    public static string Of(Tokenizer tokenizer, int id) => Clean(tokenizer.BytesOf(id) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : tokenizer.TokenOf(id) ?? $"<{id}>");

    /// <summary>Text without what controls the terminal, which does not come from data.</summary>
    public static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? "\uFFFD" : c.ToString()));

    /// <summary>Whether colours may be written.</summary>
    public static bool HasColours(IAnsiConsole console) => console.Profile.Capabilities.Ansi && console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>A token in colour: green where it is trained on, underlined where it is special.</summary>
    public static string Ansi(string text, bool isTarget, bool isSpecial) => $"\e[{(isTarget ? "32" : "90")}{(isSpecial ? ";4" : "")}m{text}\e[0m";
}
