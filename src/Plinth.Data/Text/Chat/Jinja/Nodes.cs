namespace Plinth.Data.Text.Chat;

/// <summary>A part of a parsed template.</summary>
internal abstract record Node(int Line);

internal abstract record Expression(int Line) : Node(Line);

internal sealed record Constant(object? Value, int Line) : Expression(Line);

internal sealed record Name(string Id, int Line) : Expression(Line);

internal sealed record Sequence(IReadOnlyList<Expression> Items, bool IsTuple, int Line) : Expression(Line);

internal sealed record Mapping(IReadOnlyList<(Expression Key, Expression Value)> Entries, int Line) : Expression(Line);

internal sealed record Attribute(Expression Of, string Id, int Line) : Expression(Line);

internal sealed record Item(Expression Of, Expression Key, int Line) : Expression(Line);

internal sealed record SliceOf(Expression Of, Expression? Start, Expression? Stop, Expression? Step, int Line) : Expression(Line);

internal sealed record Call(Expression Function, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record Filter(Expression? Of, string Id, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record Test(Expression Of, string Id, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record Unary(string Operator, Expression Of, int Line) : Expression(Line);

internal sealed record Binary(string Operator, Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record Joined(IReadOnlyList<Expression> Parts, int Line) : Expression(Line);

internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest, int Line) : Expression(Line);

internal sealed record Choice(Expression Condition, Expression Then, Expression? Else, int Line) : Expression(Line);

/// <summary>The arguments of a call as written.</summary>
internal sealed record CallArguments(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? NamedSpread)
{
    public static readonly CallArguments None = new([], [], null, null);
}

internal abstract record Statement(int Line) : Node(Line);

internal sealed record Verbatim(string Text, int Line) : Statement(Line);

internal sealed record Print(Expression Value, int Line) : Statement(Line);

internal sealed record If(IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else, int Line) : Statement(Line);

internal sealed record For(Expression Target, Expression Of, Expression? Condition, bool IsRecursive, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else, int Line) : Statement(Line);

internal sealed record Set(Expression Target, Expression Value, int Line) : Statement(Line);

internal sealed record SetBlock(Expression Target, Filter? Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record MacroDefinition(string Id, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body, int Line) : Statement(Line)
{
    /// <summary>Whether the body uses what catches further arguments.</summary>
    public bool TakesMore { get; init; }

    public bool TakesMoreNamed { get; init; }

    public bool TakesCaller { get; init; }
}

internal sealed record CallBlock(Call Call, MacroDefinition Caller, int Line) : Statement(Line);

internal sealed record FilterBlock(Filter Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record With(IReadOnlyList<(Expression Target, Expression Value)> Values, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary>What the assistant is meant to have written.</summary>
internal sealed record Generation(IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record Jump(bool IsBreak, int Line) : Statement(Line);
