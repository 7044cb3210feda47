using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>Texts as Python counts them: by code points, with its idea of white space and line ends.</summary>
internal static class PythonText
{
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static bool IsSpace(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!IsSpace(c))
            {
                return false;
            }
        }
        return true;
    }

    public static string Trim(string text, string? characters = null, bool left = true, bool right = true)
    {
        var (from, to) = (0, text.Length);
        while (left && from < to && Trims(text[from]))
        {
            from++;
        }

        while (right && to > from && Trims(text[to - 1]))
        {
            to--;
        }

        return text[from..to];

        bool Trims(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
    }

    public static string TrimEnd(string text) => Trim(text, left: false);

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static long Length(string text)
    {
        if (IsPlain(text))
        {
            return text.Length;
        }

        var count = 0L;
        for (var i = 0; i < text.Length; i += Width(text, i))
        {
            count++;
        }

        return count;
    }

    /// <summary>One text for each code point.</summary>
    public static List<object?> Characters(string text, Budget budget)
    {
        budget.Reserve(text.Length);
        budget.Step(text.Length);
        List<object?> characters = new(text.Length);
        for (int i = 0, width; i < text.Length; i += width)
        {
            characters.Add(text.Substring(i, width = Width(text, i)));
        }

        return characters;
    }

    public static string? At(string text, long index, Budget budget)
    {
        budget.Scan(text.Length);
        var length = Length(text);
        index += index < 0 ? length : 0;
        return index < 0 || index >= length ? null : Slice(text, index, index + 1, 1, budget);
    }

    /// <param name="start">First code point.</param>
    /// <param name="stop">Code point after the last.</param>
    public static string Slice(string text, long start, long stop, long step, Budget budget)
    {
        if (step == 1)
        {
            if (start >= stop)
            {
                return "";
            }

            var (from, to) = (Offset(text, start), Offset(text, stop));
            return budget.Made(text[from..to]);
        }
        var characters = Characters(text, budget);
        var result = new StringBuilder();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            result.Append((string)characters[(int)i]!);
        }

        return result.ToString();
    }

    private static int Offset(string text, long index)
    {
        if (IsPlain(text))
        {
            return (int)Math.Min(index, text.Length);
        }

        var at = 0;
        for (; index > 0 && at < text.Length; index--)
        {
            at += Width(text, at);
        }

        return at;
    }

    private static int Width(string text, int i) => char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;

    /// <summary>Where a text stands; in linear time also for patterns that are made to be slow.</summary>
    public static int Find(string text, string what, int from, Budget budget)
    {
        budget.Scan(text.Length - from);
        if (what.Length <= 128)
        {
            return from > text.Length ? -1 : text.IndexOf(what, from, StringComparison.Ordinal);
        }

        budget.Step(text.Length - from + what.Length);
        var failure = new int[what.Length];
        for (int i = 1, k = 0; i < what.Length; i++)
        {
            while (k > 0 && what[i] != what[k])
            {
                k = failure[k - 1];
            }

            failure[i] = k += what[i] == what[k] ? 1 : 0;
        }
        for (int i = from, k = 0; i < text.Length; i++)
        {
            while (k > 0 && text[i] != what[k])
            {
                k = failure[k - 1];
            }

            if (text[i] == what[k] && ++k == what.Length)
            {
                return i - k + 1;
            }
        }
        return -1;
    }

    public static List<int> Places(string text, string what, long most, Budget budget)
    {
        List<int> places = [];
        budget.Scan(text.Length);
        for (var at = 0; places.Count < most && (at = Find(text, what, at, budget)) >= 0; at += what.Length)
        {
            places.Add(at);
        }

        return places;
    }

    public static string Replace(string text, string old, string by, long most, Budget budget)
    {
        if (most < 0)
        {
            most = long.MaxValue;
        }

        if (old.Length == 0)
        {
            var characters = Characters(text, budget);
            budget.Reserve(text.Length + (long)by.Length * Math.Min(most, characters.Count + 1));
            var spread = new StringBuilder();
            for (var i = 0; i <= characters.Count; i++)
            {
                spread.Append(i < most ? by : "").Append(i < characters.Count ? (string)characters[i]! : "");
            }

            return spread.ToString();
        }
        var places = Places(text, old, most, budget);
        if (places.Count == 0)
        {
            return text;
        }

        budget.Reserve(text.Length + (long)places.Count * (by.Length - old.Length));
        var result = new StringBuilder();
        var from = 0;
        foreach (var place in places)
        {
            result.Append(text, from, place - from).Append(by);
            from = place + old.Length;
        }
        return result.Append(text, from, text.Length - from).ToString();
    }

    public static List<object?> Split(string text, string? separator, long most, bool fromRight, Budget budget)
    {
        budget.Reserve(text.Length);
        if (most < 0)
        {
            most = long.MaxValue;
        }

        if (separator is not null)
        {
            if (separator.Length == 0)
            {
                throw new TemplateException("split needs a separator that is not empty.");
            }

            var places = fromRight ? PlacesFromRight(text, separator, most, budget) : Places(text, separator, most, budget);
            List<object?> parts = [];
            var from = 0;
            foreach (var place in places)
            {
                parts.Add(text[from..place]);
                from = place + separator.Length;
            }
            parts.Add(text[from..]);
            return parts;
        }
        List<object?> words = [];
        if (fromRight)
        {
            var end = text.Length;
            while (true)
            {
                while (end > 0 && IsSpace(text[end - 1]))
                {
                    end--;
                }

                if (end == 0)
                {
                    break;
                }

                var start = end;
                while (start > 0 && !IsSpace(text[start - 1]) && words.Count < most)
                {
                    start--;
                }

                words.Insert(0, words.Count < most ? text[start..end] : text[..end]);
                end = words.Count > most ? 0 : start;
            }
            return words;
        }
        for (var at = 0; ;)
        {
            while (at < text.Length && IsSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return words;
            }

            budget.Step();
            if (words.Count >= most)
            {
                words.Add(text[at..]);
                return words;
            }
            var start = at;
            while (at < text.Length && !IsSpace(text[at]))
            {
                at++;
            }

            words.Add(text[start..at]);
        }
    }

    private static List<int> PlacesFromRight(string text, string what, long most, Budget budget)
    {
        List<int> places = [];
        budget.Step((long)text.Length * Math.Min(what.Length, 32) / 32 + 1);
        for (var end = text.Length; places.Count < most && end >= what.Length;)
        {
            budget.Scan(what.Length);
            var at = text.AsSpan(0, end).LastIndexOf(what, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            places.Add(at);
            end = at;
        }
        places.Reverse();
        return places;
    }

    public static List<object?> Lines(string text, bool keepsEnds, Budget budget)
    {
        budget.Reserve(text.Length);
        budget.Scan(text.Length);
        List<object?> lines = [];
        for (int at = 0, start = 0; at < text.Length; start = at)
        {
            while (at < text.Length && !IsLineEnd(text[at]))
            {
                at++;
            }

            var end = at;
            if (at < text.Length)
            {
                at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
            }

            lines.Add(text[start..(keepsEnds ? at : end)]);
        }
        return lines;
    }

    private static bool IsLineEnd(char c) => c is >= '\n' and <= '\r' or >= '\x1c' and <= '\x1e' or '\x85' or '\u2028' or '\u2029';

    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.ToLowerInvariant();

    public static string Capitalize(string text) => text.Length == 0 ? "" : Upper(text[..Width(text, 0)]) + Lower(text[Width(text, 0)..]);

    /// <summary>Python's title: every run of letters begins large.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder();
        var isInside = false;
        foreach (var c in text)
        {
            result.Append(isInside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            isInside = char.IsLetter(c);
        }
        return result.ToString();
    }

    /// <summary>By code points, which differs from UTF-16 order above the surrogates.</summary>
    public static int Compare(string a, string b, Budget budget)
    {
        budget.Scan(Math.Min(a.Length, b.Length));
        var i = a.AsSpan().CommonPrefixLength(b);
        return i == a.Length || i == b.Length ? a.Length.CompareTo(b.Length)
            : char.IsSurrogate(a[i]) != char.IsSurrogate(b[i]) ? (char.IsSurrogate(a[i]) ? 1 : -1)
            : a[i].CompareTo(b[i]);
    }
}
