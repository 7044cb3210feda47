using System.Text;

namespace Plinth.Core.Checkpoints;

/// <summary>
/// A weight's name in which <c>#</c> stands for a number and <c>*</c> for letters and underscores. There are thousands of them, made
/// when the families are, so they have to cost nothing; what stands after a variable part must not begin like it.
/// </summary>
/// <param name="pattern">The name.</param>
internal sealed class KeyPattern(string pattern)
{
    /// <summary>Whether a name is of this form.</summary>
    public bool Matches(string name) => Match(name, null);

    /// <summary>The name of another form whose variable parts are those of the given name, in their order; null when that is not of this form.</summary>
    public string? Translate(string name, KeyPattern other)
    {
        var parts = new List<Range>();
        return Match(name, parts) ? other.Fill(name, parts) : null;
    }

    private bool Match(string name, List<Range>? parts)
    {
        var at = 0;
        foreach (var expected in pattern)
        {
            if (expected is not ('#' or '*'))
            {
                if (at == name.Length || name[at++] != expected)
                {
                    return false;
                }

                continue;
            }

            var begin = at;
            while (at < name.Length && (expected == '#' ? char.IsAsciiDigit(name[at]) : char.IsAsciiLetter(name[at]) || name[at] == '_'))
            {
                at++;
            }

            if (at == begin)
            {
                return false;
            }

            parts?.Add(begin..at);
        }

        return at == name.Length;
    }

    private string Fill(string name, List<Range> parts)
    {
        var filled = new StringBuilder();
        var next = 0;
        foreach (var symbol in pattern)
        {
            _ = symbol is '#' or '*' ? filled.Append(name.AsSpan(parts[next++])) : filled.Append(symbol);
        }

        return filled.ToString();
    }
}
