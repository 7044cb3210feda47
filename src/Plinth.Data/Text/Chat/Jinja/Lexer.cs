using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Data,
    ExpressionStart,
    ExpressionEnd,
    TagStart,
    TagEnd,
    Name,
    Text,
    Whole,
    Fraction,
    Operator,
    End,
}

/// <summary>A piece of a template.</summary>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Line)
{
    public object? Value { get; init; }

    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Name && Text == text;
}

/// <summary>
/// Cuts a template into tokens as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>: a line that holds only a tag leaves no trace,
/// <c>-</c> at a mark takes all white space beside it, <c>+</c> leaves it.
/// </summary>
internal sealed class Lexer(string source)
{
    private static readonly string[] Operators = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];
    private readonly List<TemplateToken> tokens = [];
    private readonly string text = Normalize(source);
    private int at, line = 1;
    private bool startsLine = true;

    public List<TemplateToken> Read()
    {
        while (at < text.Length)
        {
            var open = NextMark();
            if (open < 0)
            {
                Data(text[at..], text.Length);
                break;
            }
            var mark = text[open + 1];
            var sign = open + 2 < text.Length && text[open + 2] is '-' or '+' ? text[open + 2] : ' ';
            // "{{+" is an expression that begins with a plus.
            if (mark == '{' && sign == '+')
            {
                sign = ' ';
            }

            Data(Before(text[at..open], mark, sign), open);
            Advance(open + (sign == ' ' ? 2 : 3));
            switch (mark)
            {
                case '#':
                    Comment();
                    break;
                case '{':
                    Inside(TokenKind.ExpressionStart, TokenKind.ExpressionEnd, "}}");
                    break;
                default:
                    if (!Raw())
                    {
                        Inside(TokenKind.TagStart, TokenKind.TagEnd, "%}");
                    }

                    break;
            }
        }
        tokens.Add(new(TokenKind.End, "the end of the template", line));
        return tokens;
    }

    private static string Normalize(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private int NextMark()
    {
        for (var i = text.IndexOf('{', at); i >= 0 && i + 1 < text.Length; i = text.IndexOf('{', i + 1))
        {
            if (text[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>What stays of the text before a mark.</summary>
    private string Before(string data, char mark, char sign)
    {
        if (sign == '-')
        {
            return PythonText.TrimEnd(data);
        }

        if (sign == '+' || mark == '{')
        {
            return data;
        }

        var lineStart = data.LastIndexOf('\n') + 1;
        return (lineStart > 0 || startsLine) && data.AsSpan(lineStart).Length > 0 && PythonText.IsSpace(data.AsSpan(lineStart)) ? data[..lineStart] : data;
    }

    private void Data(string data, int to)
    {
        if (data.Length > 0)
        {
            tokens.Add(new(TokenKind.Data, data, line));
        }

        Advance(to);
    }

    private void Advance(int to)
    {
        for (; at < to; at++)
        {
            if (text[at] == '\n')
            {
                line++;
            }
        }
    }

    private void Comment()
    {
        var end = text.IndexOf("#}", at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException("a comment {# has no end #}.", line);
        }

        var sign = end > at ? text[end - 1] : ' ';
        Advance(end + 2);
        AfterTag(sign);
    }

    /// <summary>White space after a tag or comment.</summary>
    private void AfterTag(char sign)
    {
        var from = at;
        if (sign == '-')
        {
            SkipSpace();
        }
        else if (sign != '+' && at < text.Length && text[at] == '\n')
        {
            Advance(at + 1);
        }

        startsLine = at > from && text[at - 1] == '\n';
    }

    private void SkipSpace()
    {
        var to = at;
        while (to < text.Length && PythonText.IsSpace(text[to]))
        {
            to++;
        }

        Advance(to);
    }

    private bool Raw()
    {
        var word = at;
        while (word < text.Length && PythonText.IsSpace(text[word]))
        {
            word++;
        }

        if (string.CompareOrdinal(text, word, "raw", 0, 3) != 0)
        {
            return false;
        }

        var end = word + 3;
        while (end < text.Length && PythonText.IsSpace(text[end]))
        {
            end++;
        }

        var trims = end < text.Length && text[end] == '-';
        if (string.CompareOrdinal(text, trims ? end + 1 : end, "%}", 0, 2) != 0)
        {
            return false;
        }

        Advance((trims ? end + 1 : end) + 2);
        startsLine = false;
        if (trims)
        {
            SkipSpace();
        }

        for (var open = text.IndexOf("{%", at, StringComparison.Ordinal); open >= 0; open = text.IndexOf("{%", open + 2, StringComparison.Ordinal))
        {
            var sign = open + 2 < text.Length && text[open + 2] is '-' or '+' ? text[open + 2] : ' ';
            var name = open + (sign == ' ' ? 2 : 3);
            while (name < text.Length && PythonText.IsSpace(text[name]))
            {
                name++;
            }

            if (string.CompareOrdinal(text, name, "endraw", 0, 6) != 0)
            {
                continue;
            }

            var close = text.IndexOf("%}", name, StringComparison.Ordinal);
            var rest = close < 0 ? "?" : text[(name + 6)..close].Trim();
            if (rest is not ("" or "-" or "+"))
            {
                continue;
            }

            Data(Before(text[at..open], '%', sign), close + 2);
            AfterTag(rest.Length > 0 ? rest[0] : ' ');
            return true;
        }
        throw new TemplateException("{% raw %} has no {% endraw %}.", line);
    }

    private void Inside(TokenKind start, TokenKind end, string mark)
    {
        var opened = line;
        tokens.Add(new(start, mark == "}}" ? "{{" : "{%", line));
        var nesting = new Stack<char>();
        while (true)
        {
            SkipSpace();
            if (at >= text.Length)
            {
                throw new TemplateException($"the {(mark == "}}" ? "expression {{" : "tag {%")} that begins here has no end {mark}.", opened);
            }

            if (nesting.Count == 0 && Closes(mark) is { } sign)
            {
                tokens.Add(new(end, mark, line));
                Advance(at + (sign == ' ' ? 2 : 3));
                if (mark == "}}")
                {
                    var from = at;
                    if (sign == '-')
                    {
                        SkipSpace();
                    }

                    startsLine = at > from && text[at - 1] == '\n';
                }
                else
                {
                    AfterTag(sign);
                }

                return;
            }
            One(nesting);
        }
    }

    private char? Closes(string mark) => string.CompareOrdinal(text, at, mark, 0, 2) == 0 ? ' '
        : (text[at] == '-' || (text[at] == '+' && mark == "%}")) && string.CompareOrdinal(text, at + 1, mark, 0, 2) == 0 ? text[at]
        : null;

    private void One(Stack<char> nesting)
    {
        var c = text[at];
        if (c is '"' or '\'')
        {
            Quoted(c);
        }
        else if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (c == '_' || char.IsLetter(c))
        {
            var to = at;
            while (to < text.Length && (text[to] == '_' || char.IsLetterOrDigit(text[to])))
            {
                to++;
            }

            Add(TokenKind.Name, to, null);
        }
        else
        {
            var known = Array.Find(Operators, o => string.CompareOrdinal(text, at, o, 0, o.Length) == 0) ?? throw new TemplateException($"the character '{c}' has no meaning here.", line);
            if (known is "(" or "[" or "{")
            {
                nesting.Push(known[0] == '(' ? ')' : (char)(known[0] + 2));
            }
            else if (known is ")" or "]" or "}" && (!nesting.TryPop(out var wanted) || wanted != known[0]))
            {
                throw new TemplateException($"'{known}' closes nothing.", line);
            }

            Add(TokenKind.Operator, at + known.Length, null);
        }
    }

    private void Add(TokenKind kind, int to, object? value)
    {
        tokens.Add(new(kind, text[at..to], line) { Value = value });
        Advance(to);
    }

    private void Number()
    {
        var to = at;
        if (text[at] == '0' && at + 2 < text.Length && char.ToLowerInvariant(text[at + 1]) is 'x' or 'o' or 'b')
        {
            for (to = at + 2; to < text.Length && (char.IsAsciiHexDigit(text[to]) || text[to] == '_');)
            {
                to++;
            }

            Add(TokenKind.Whole, to, PythonNumbers.Parse(text[at..to], 0) ?? throw new TemplateException($"'{text[at..to]}' is no number.", line));
            return;
        }
        while (to < text.Length && (char.IsAsciiDigit(text[to]) || text[to] == '_'))
        {
            to++;
        }
        // "x.0.1" counts twice; it is no fraction.
        var isIndex = at > 0 && text[at - 1] == '.';
        var isFraction = false;
        if (!isIndex && to + 1 < text.Length && text[to] == '.' && char.IsAsciiDigit(text[to + 1]))
        {
            isFraction = true;
            for (to++; to < text.Length && (char.IsAsciiDigit(text[to]) || text[to] == '_');)
            {
                to++;
            }
        }
        if (!isIndex && to + 1 < text.Length && text[to] is 'e' or 'E')
        {
            var digits = to + 1 + (text[to + 1] is '+' or '-' ? 1 : 0);
            if (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                isFraction = true;
                for (to = digits; to < text.Length && char.IsAsciiDigit(text[to]);)
                {
                    to++;
                }
            }
        }
        var plain = text[at..to].Replace("_", "", StringComparison.Ordinal);
        object value = isFraction ? (object)double.Parse(plain, CultureInfo.InvariantCulture)
            : long.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
            : throw new TemplateException("a number does not fit into 64 bits.", line);
        Add(isFraction ? TokenKind.Fraction : TokenKind.Whole, to, value);
    }

    private void Quoted(char quote)
    {
        var value = new StringBuilder();
        var i = at + 1;
        while (true)
        {
            if (i >= text.Length)
            {
                throw new TemplateException("a text in quotes has no end.", line);
            }

            if (text[i] == quote)
            {
                break;
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i = Escape(i + 1, value);
            }
            else
            {
                value.Append(text[i++]);
            }
        }
        Add(TokenKind.Text, i + 1, value.ToString());
    }

    private int Escape(int i, StringBuilder value)
    {
        const string Letters = "abfnrtv\\'\"", Meanings = "\a\b\f\n\r\t\v\\'\"";
        var c = text[i];
        if (Letters.IndexOf(c, StringComparison.Ordinal) is >= 0 and var known)
        {
            value.Append(Meanings[known]);
        }
        else if (c is 'x' or 'u' or 'U')
        {
            var count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
            if (i + count >= text.Length || !int.TryParse(text.AsSpan(i + 1, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code is < 0 or > 0x10FFFF)
            {
                throw new TemplateException($"'\\{c}' needs {count} hexadecimal digits of a character.", line);
            }

            value.Append(code is >= 0xD800 and < 0xE000 or < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
            return i + 1 + count;
        }
        else if (c is >= '0' and <= '7')
        {
            var code = 0;
            var to = i;
            for (; to < i + 3 && to < text.Length && text[to] is >= '0' and <= '7'; to++)
            {
                code = code * 8 + text[to] - '0';
            }

            value.Append((char)code);
            return to;
        }
        else if (c != '\n')
        {
            value.Append('\\').Append(c);
        }

        return i + 1;
    }
}
