namespace Plinth.Data.Text;

/// <summary>
/// The identifiers of the C# documentation format (<c>T:</c>, <c>M:</c>, ...), which are built as annex D of the language
/// specification says, and how they read as names.
/// </summary>
internal static class MemberReference
{
    /// <summary>How a reference reads in running text: <c>String.Trim</c>, <c>List&lt;T&gt;</c>.</summary>
    public static TextPiece Mention(string reference)
    {
        var colon = reference.IndexOf(':');
        var prefix = colon < 0 ? "T" : reference[..colon];
        var path = Path(reference);
        return prefix switch
        {
            "T" => new(TypeName(Last(path)), MentionKind.Type),
            "M" or "P" or "F" or "E" or "O" or "Overload" => new(MemberName(path), MentionKind.Member),
            "N" => new(path, MentionKind.None),
            _ => new(Last(path), MentionKind.None),
        };
    }

    /// <summary>The dotted path without prefix, parameters and return type.</summary>
    public static string Path(string reference)
    {
        var start = reference.IndexOf(':') + 1;
        var end = reference.AsSpan(start).IndexOfAny('(', '~', '{');
        return end < 0 ? reference[start..] : reference[start..(start + end)];
    }

    /// <summary>The part after the last dot.</summary>
    public static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];

    /// <summary>The part before the last dot, or nothing.</summary>
    public static string Before(string path) => path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : "";

    /// <summary><c>List`1</c> as <c>List&lt;T&gt;</c>, <c>Dictionary`2</c> as <c>Dictionary&lt;T1,T2&gt;</c>.</summary>
    public static string TypeName(string name)
    {
        var tick = name.IndexOf('`');
        if (tick < 0)
        {
            return name;
        }

        var bare = name[..tick];
        return int.TryParse(name.AsSpan(name.LastIndexOf('`') + 1), out var arity) && arity is > 0 and < 33
            ? arity == 1 ? $"{bare}<T>" : $"{bare}<{string.Join(",", Enumerable.Range(1, arity).Select(i => $"T{i}"))}>"
            : bare;
    }

    /// <summary>The name as written in C#: no arity, no path of an explicitly implemented interface.</summary>
    public static string SimpleName(string name)
    {
        name = name[(name.LastIndexOf('#') + 1)..];
        var tick = name.IndexOf('`');
        return tick < 0 ? name : name[..tick];
    }

    /// <summary>Whether a path's last part is a constructor.</summary>
    public static bool IsConstructor(string name) => name is "#ctor" or "#cctor";

    private static string MemberName(string path)
    {
        var (type, member) = (TypeName(Last(Before(path))), Last(path));
        return IsConstructor(member) || type.Length == 0 ? (type.Length == 0 ? SimpleName(member) : type) : $"{type}.{OperatorName(SimpleName(member))}";
    }

    /// <summary><c>op_Addition</c> as <c>Addition</c>.</summary>
    public static string OperatorName(string name) => name.StartsWith("op_", StringComparison.Ordinal) ? name[3..] : name;
}
