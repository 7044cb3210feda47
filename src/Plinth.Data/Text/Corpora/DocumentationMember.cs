namespace Plinth.Data.Text;

/// <summary>What a documented member is.</summary>
public enum MemberKind
{
    /// <summary>Class, structure, interface, enumeration or delegate.</summary>
    Type,

    /// <summary>Method, constructor or operator.</summary>
    Method,

    /// <summary>Property or indexer.</summary>
    Property,

    /// <summary>Field, constant or value of an enumeration.</summary>
    Field,

    /// <summary>Event.</summary>
    Event,
}

/// <summary>A named part of a member's documentation.</summary>
/// <param name="Name">The parameter, or the short name of the exception.</param>
/// <param name="Text">What is said of it.</param>
public sealed record NamedText(string Name, RunningText Text);

/// <summary>What the XML documentation says of one type or member.</summary>
public sealed record DocumentationMember
{
    /// <summary>Identifier of the documentation format, for example <c>M:System.String.Trim(System.Char)</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required MemberKind Kind { get; init; }

    /// <summary>Full name of the type that declares it, or of itself when it is a type; nested types keep their path, arity is a back tick and a number.</summary>
    public required string DeclaringType { get; init; }

    /// <summary>Full name of the outermost type around it; <see cref="DeclaringType"/> when that is not nested.</summary>
    public required string OuterType { get; init; }

    /// <summary>The namespace, empty for the global one.</summary>
    public required string Namespace { get; init; }

    /// <summary>The first two parts of the namespace: <c>System.Collections</c> for <c>System.Collections.Generic</c>.</summary>
    public string Area => Namespace.IndexOf('.') is > 0 and var first && Namespace.IndexOf('.', first + 1) is > 0 and var second ? Namespace[..second] : Namespace;

    /// <summary>Simple name: <c>Trim</c>; a constructor has its type's.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a constructor.</summary>
    public bool IsConstructor { get; init; }

    /// <summary>Name with the declaring type: <c>String.Trim</c>, <c>List&lt;T&gt;.Add</c>, <c>List&lt;T&gt;</c>.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The summary.</summary>
    public RunningText Summary { get; init; } = RunningText.Empty;

    /// <summary>The remarks.</summary>
    public RunningText Remarks { get; init; } = RunningText.Empty;

    /// <summary>What is returned, or the value of a property.</summary>
    public RunningText Returns { get; init; } = RunningText.Empty;

    /// <summary>The example.</summary>
    public RunningText Example { get; init; } = RunningText.Empty;

    /// <summary>Parameters and type parameters in order.</summary>
    public IReadOnlyList<NamedText> Params { get; init; } = [];

    /// <summary>Exceptions in order.</summary>
    public IReadOnlyList<NamedText> Exceptions { get; init; } = [];

    /// <summary>Summary, remarks, what it returns, parameters and exceptions, a line each.</summary>
    public string AllText => string.Join('\n', ((RunningText[])[Summary, Remarks, Returns]).Where(part => !part.IsEmpty).Select(part => part.Text)
        .Concat(Params.Concat(Exceptions).Select(named => $"{named.Name}: {named.Text}")));

    /// <summary>Whether nothing is said of it.</summary>
    public bool IsEmpty => Summary.IsEmpty && Remarks.IsEmpty && Returns.IsEmpty && Example.IsEmpty && Params.Count == 0 && Exceptions.Count == 0;
}
