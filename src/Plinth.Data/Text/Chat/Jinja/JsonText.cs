using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>The form of a JSON text, as Python's <c>json.dumps</c> is told it.</summary>
/// <param name="Indent">What one level is indented by; null for one line.</param>
/// <param name="ItemSeparator">Between items.</param>
/// <param name="KeySeparator">After a key.</param>
internal sealed record JsonForm(string? Indent, string ItemSeparator, string KeySeparator, bool SortsKeys, bool IsAscii);

/// <summary>Values as JSON. HTML is not escaped: that is how chat templates are rendered everywhere.</summary>
internal sealed class JsonText(JsonForm form, Budget budget)
{
    private readonly TextSink sink = new(budget);

    public string Of(object? value)
    {
        Write(value, 0);
        return sink.ToString();
    }

    private void Write(object? value, int depth)
    {
        Budget.CheckStack();
        budget.Step();
        switch (value)
        {
            case null:
                sink.Append("null");
                break;
            case bool flag:
                sink.Append(flag ? "true" : "false");
                break;
            case string text:
                sink.Append(Quoted(text));
                break;
            case double.NaN:
                sink.Append("NaN");
                break;
            case double number when double.IsInfinity(number):
                sink.Append(number > 0 ? "Infinity" : "-Infinity");
                break;
            case long or double:
                sink.Append(ValueText.Of(value, budget));
                break;
            case ListValue { Kind: SequenceKind.List or SequenceKind.Tuple } list:
                Nest('[', ']', list.Items, depth, item => Write(item, depth + 1));
                break;
            case MapValue map:
                var entries = map.Entries.ToList();
                if (form.SortsKeys)
                {
                    entries = [.. Operators.Sorted(entries, (a, b) => Operators.Compare(a.Key, b.Key, budget))];
                }

                Nest('{', '}', entries, depth, entry =>
                {
                    sink.Append(Quoted(entry.Key switch
                    {
                        string key => key,
                        bool flag => flag ? "true" : "false",
                        var key => ValueText.Of(key, budget),
                    })).Append(form.KeySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default:
                throw new TemplateException($"{ValueText.TypeName(value)} has no form in JSON.");
        }
    }

    private void Nest<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> write)
    {
        sink.Append(open.ToString());
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                sink.Append(form.ItemSeparator);
            }

            Break(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0)
        {
            Break(depth);
        }

        sink.Append(close.ToString());
    }

    private void Break(int depth)
    {
        if (form.Indent is null)
        {
            return;
        }

        sink.Append("\n");
        for (var i = 0; i < depth; i++)
        {
            sink.Append(form.Indent);
        }
    }

    private string Quoted(string text)
    {
        budget.Scan(text.Length);
        var result = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    result.Append('\\').Append(c);
                    break;
                case '\n' or '\r' or '\t' or '\b' or '\f':
                    result.Append('\\').Append(c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c == '\b' ? 'b' : 'f');
                    break;
                default:
                    if (c < ' ' || (form.IsAscii && c > '~'))
                    {
                        result.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    }
                    else
                    {
                        result.Append(c);
                    }

                    break;
            }
        }
        return result.Append('"').ToString();
    }
}
