using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>Collects a text and asks the budget for each piece.</summary>
internal sealed class TextSink(Budget budget)
{
    private readonly StringBuilder text = new();

    public int Length => text.Length;

    public TextSink Append(string piece)
    {
        budget.Reserve(piece.Length);
        text.Append(piece);
        return this;
    }

    public override string ToString() => text.ToString();
}

/// <summary>Values as Python prints them.</summary>
internal static class ValueText
{
    public static string TypeName(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long => "a whole number",
        double => "a number",
        string => "a text",
        ListValue { Kind: SequenceKind.Tuple } => "a tuple",
        ListValue { Kind: SequenceKind.Generator } => "a generator",
        ListValue => "a list",
        MapValue => "a dictionary",
        Undefined => "an undefined value",
        NamespaceValue => "a namespace",
        Callable => "a function",
        _ => "an object",
    };

    /// <summary>As <c>{{ value }}</c> prints it.</summary>
    public static string Of(object? value, Budget budget) => value switch
    {
        string text => text,
        Undefined => "",
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => PythonNumbers.Text(number),
        _ => Form(value, budget),
    };

    /// <summary>As it stands inside of a printed list: texts in quotes.</summary>
    public static string Form(object? value, Budget budget)
    {
        var sink = new TextSink(budget);
        Write(value, sink, budget);
        return sink.ToString();
    }

    private static void Write(object? value, TextSink sink, Budget budget)
    {
        Budget.CheckStack();
        budget.Step();
        switch (value)
        {
            case string text:
                sink.Append(Quoted(text));
                break;
            case ListValue { Kind: SequenceKind.List or SequenceKind.Tuple } list:
                var isTuple = list.Kind == SequenceKind.Tuple;
                sink.Append(isTuple ? "(" : "[");
                for (var i = 0; i < list.Items.Count; i++)
                {
                    if (i > 0)
                    {
                        sink.Append(", ");
                    }

                    Write(list.Items[i], sink, budget);
                }
                sink.Append(isTuple && list.Items.Count == 1 ? ",)" : isTuple ? ")" : "]");
                break;
            case ListValue { Kind: SequenceKind.Range } range:
                var (start, step) = range.Items is RangeItems items ? (items.Start, items.Step) : (0, 1);
                var stop = range.Items is RangeItems end ? end.Stop : 0;
                sink.Append(step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");
                break;
            case MapValue map:
                sink.Append("{");
                var isFirst = true;
                foreach (var (key, item) in map.Entries)
                {
                    if (!isFirst)
                    {
                        sink.Append(", ");
                    }

                    isFirst = false;
                    Write(key, sink, budget);
                    sink.Append(": ");
                    Write(item, sink, budget);
                }
                sink.Append("}");
                break;
            case Undefined:
                sink.Append("Undefined");
                break;
            case null or bool or long or double:
                sink.Append(Of(value, budget));
                break;
            default:
                throw new TemplateException($"{TypeName(value)} cannot be printed.");
        }
    }

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            var code = rune.Value;
            if (code == quote || code == '\\')
            {
                result.Append('\\').Append((char)code);
            }
            else if (code is '\n' or '\r' or '\t')
            {
                result.Append(code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t");
            }
            else if (IsShown(rune))
            {
                result.Append(rune.ToString());
            }
            else
            {
                result.Append(code < 0x100 ? $"\\x{code:x2}" : code < 0x10000 ? $"\\u{code:x4}" : $"\\U{code:x8}");
            }
        }
        return result.Append(quote).ToString();
    }

    private static bool IsShown(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}

/// <summary>The numbers of a range; they take no room.</summary>
internal sealed class RangeItems(long start, long stop, long step, int count) : IReadOnlyList<object?>
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public int Count => count;

    public object? this[int index] => start + index * step;

    public IEnumerator<object?> GetEnumerator()
    {
        for (var i = 0; i < count; i++)
        {
            yield return this[i];
        }
    }

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
