using System.Text;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>Takes a member's own names out of its text, so that a task is about what is said and not about what it is called.</summary>
internal static class NameMask
{
    /// <summary>What stands in place of a name.</summary>
    public const string Mask = "X";

    /// <summary>Text in which the member's name, those of the types around it, and whatever its namespace begins are masked. Whole words, case counts.</summary>
    public static string Apply(DocumentationMember member, string text)
    {
        var path = member.DeclaringType[(member.Namespace.Length == 0 ? 0 : member.Namespace.Length + 1)..];
        var names = path.Split('.').Select(Simple).Append(Simple(member.Name)).Where(n => n.Length > 0).ToArray();
        var masked = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (!IsWord(text[i]))
            {
                masked.Append(text[i++]);
                continue;
            }

            var end = WordEnd(text, i);
            var word = text.AsSpan(i, end - i);
            if (BeginsWithNamespace(text, i, member.Namespace))
            {
                end = PathEnd(text, i);
                word = Mask;
            }
            else if (Among(word, names))
            {
                word = Mask;
            }

            masked.Append(word);
            i = end;
        }

        return masked.ToString();
    }

    private static string Simple(string name) => name.IndexOf('`') is >= 0 and var tick ? name[..tick] : name;

    private static bool Among(ReadOnlySpan<char> word, string[] names)
    {
        foreach (var name in names)
        {
            if (word.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A namespace of one word, such as <c>System</c>, counts only where a path goes on from it.</summary>
    private static bool BeginsWithNamespace(string text, int at, string space)
    {
        if (space.Length == 0 || string.CompareOrdinal(text, at, space, 0, space.Length) != 0)
        {
            return false;
        }

        var end = at + space.Length;
        var goesOn = end + 1 < text.Length && text[end] == '.' && IsWord(text[end + 1]);
        return goesOn || (space.Contains('.') && (end == text.Length || !IsWord(text[end])));
    }

    private static int WordEnd(string text, int i)
    {
        while (i < text.Length && IsWord(text[i]))
        {
            i++;
        }

        return i;
    }

    private static int PathEnd(string text, int i)
    {
        i = WordEnd(text, i);
        while (i + 1 < text.Length && text[i] == '.' && IsWord(text[i + 1]))
        {
            i = WordEnd(text, i + 1);
        }

        return i;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
