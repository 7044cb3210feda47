namespace Plinth.Data.Text.Chat;

/// <summary>Reads expressions, in Jinja's order of precedence: a filter binds tighter than a minus before it, <c>~</c> tighter than <c>+</c>.</summary>
internal class ExpressionParser(List<TemplateToken> tokens)
{
    private const int DeepestNesting = 200;
    private const int LongestRow = 2_000;
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private int at, depth;

    /// <summary>Every name that is read, so that a macro knows what its body uses.</summary>
    protected HashSet<string> NamesRead { get; set; } = new(StringComparer.Ordinal);

    protected TemplateToken Current => tokens[at];

    protected TemplateToken Ahead => tokens[Math.Min(at + 1, tokens.Count - 1)];

    protected TemplateToken Next() => tokens[Current.Kind == TokenKind.End ? at : at++];

    protected bool Skip(string text)
    {
        if (!Current.Is(text))
        {
            return false;
        }

        at++;
        return true;
    }

    protected TemplateToken Expect(string text) => Current.Is(text) ? Next() : throw Fail($"'{text}' is expected, not '{Current.Text}'.");

    protected TemplateToken Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Fail($"{what} is expected, not '{Current.Text}'.");

    protected TemplateException Fail(string message) => new(message, Current.Line);

    protected Expression Expression(bool withChoice = true) => withChoice ? Conditional() : Or();

    /// <summary>An expression, or several with commas between.</summary>
    protected Expression Tuple(bool withChoice = true, bool isInParentheses = false, string? end = null)
    {
        var line = Current.Line;
        List<Expression> items = [];
        var isTuple = false;
        while (!EndsTuple(end))
        {
            items.Add(Expression(withChoice));
            if (!Skip(","))
            {
                break;
            }

            isTuple = true;
        }
        return isTuple || (items.Count == 0 && isInParentheses) ? new Sequence(items, true, line)
            : items.Count == 1 ? items[0]
            : throw Fail($"an expression is expected, not '{Current.Text}'.");
    }

    private bool EndsTuple(string? end) => Current.Kind is TokenKind.ExpressionEnd or TokenKind.TagEnd or TokenKind.End || Current.Is(")") || (end is not null && Current.Is(end));

    private Expression Conditional()
    {
        if (++depth > DeepestNesting)
        {
            throw Fail($"expressions are nested more than {DeepestNesting} deep.");
        }

        var value = Or();
        // A row of choices nests to the left, and is walked as deep as it is long.
        for (var count = 0; Current.Is("if"); count++)
        {
            if (count == LongestRow)
            {
                throw Fail($"an expression has more than {LongestRow} choices in a row.");
            }

            var line = Next().Line;
            var condition = Or();
            value = new Choice(condition, value, Skip("else") ? Conditional() : null, line);
        }
        depth--;
        return value;
    }

    private Expression Or() => Chain(And, "or");

    private Expression And() => Chain(Not, "and");

    private Expression Not()
    {
        if (!Current.Is("not"))
        {
            return Compare();
        }

        var line = Next().Line;
        return new Unary("not", Nested(Not), line);
    }

    private Expression Compare()
    {
        var first = Chain(Concatenation, "+", "-");
        List<(string, Expression)> rest = [];
        while (true)
        {
            string? known = Current.Kind == TokenKind.Operator && Array.IndexOf(Comparisons, Current.Text) >= 0 ? Current.Text
                : Current.Is("in") ? "in"
                : Current.Is("not") && Ahead.Is("in") ? "not in"
                : null;
            if (known is null)
            {
                return rest.Count == 0 ? first : new Comparison(first, rest, first.Line);
            }

            Next();
            if (known == "not in")
            {
                Next();
            }

            rest.Add((known, Chain(Concatenation, "+", "-")));
        }
    }

    private Expression Concatenation()
    {
        List<Expression> parts = [Product()];
        while (Skip("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new Joined(parts, parts[0].Line);
    }

    private Expression Product() => Chain(Power, "*", "/", "//", "%");

    private Expression Power() => Chain(() => Signed(true), "**");

    private Expression Chain(Func<Expression> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        var count = 0;
        while (true)
        {
            string? known = null;
            foreach (var one in operators)
            {
                known = Current.Is(one) ? one : known;
            }

            if (known is null)
            {
                return left;
            }
            // A chain nests to the left, and is walked as deep as it is long.
            if (++count > LongestRow)
            {
                throw Fail($"an expression has more than {LongestRow} operators in a row.");
            }

            var line = Next().Line;
            left = new Binary(known, left, operand(), line);
        }
    }

    private Expression Nested(Func<Expression> inner)
    {
        if (++depth > DeepestNesting)
        {
            throw Fail($"expressions are nested more than {DeepestNesting} deep.");
        }

        var value = inner();
        depth--;
        return value;
    }

    private Expression Signed(bool withFilters)
    {
        Expression value;
        if (Current.Is("-") || Current.Is("+"))
        {
            var sign = Next();
            value = new Unary(sign.Text, Nested(() => Signed(false)), sign.Line);
        }
        else
        {
            value = Primary();
        }

        value = Postfix(value);
        return withFilters ? Filters(value) : value;
    }

    protected Expression Primary()
    {
        var token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                if (token.Text is "true" or "True" or "false" or "False")
                {
                    return new Constant(token.Text is "true" or "True", token.Line);
                }

                if (token.Text is "none" or "None")
                {
                    return new Constant(null, token.Line);
                }

                NamesRead.Add(token.Text);
                return new Name(token.Text, token.Line);
            case TokenKind.Text:
                var text = (string)token.Value!;
                while (Current.Kind == TokenKind.Text)
                {
                    text += (string)Next().Value!;
                }

                return new Constant(text, token.Line);
            case TokenKind.Whole or TokenKind.Fraction:
                return new Constant(token.Value, token.Line);
            case TokenKind.Operator when token.Text == "(":
                var inner = Nested(() => Tuple(isInParentheses: true));
                Expect(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                List<Expression> items = [];
                Items("]", () => items.Add(Expression()));
                return new Sequence(items, false, token.Line);
            case TokenKind.Operator when token.Text == "{":
                List<(Expression, Expression)> entries = [];
                Items("}", () =>
                {
                    var key = Expression();
                    Expect(":");
                    entries.Add((key, Expression()));
                });
                return new Mapping(entries, token.Line);
            default:
                throw new TemplateException($"an expression is expected, not '{token.Text}'.", token.Line);
        }
    }

    private void Items(string end, Action one)
    {
        for (var isFirst = true; !Current.Is(end); isFirst = false)
        {
            if (!isFirst)
            {
                Expect(",");
            }

            if (!Current.Is(end))
            {
                one();
            }
        }
        Expect(end);
    }

    private Expression Postfix(Expression value)
    {
        for (var count = 0; ; count++)
        {
            if (count > DeepestNesting)
            {
                throw Fail($"more than {DeepestNesting} attributes and calls in a row.");
            }

            if (Current.Is("."))
            {
                var line = Next().Line;
                value = Current.Kind == TokenKind.Whole ? new Item(value, new Constant(Next().Value, line), line)
                    : new Attribute(value, Expect(TokenKind.Name, "a name or a number").Text, line);
            }
            else if (Current.Is("["))
            {
                value = Subscript(value, Next().Line);
            }
            else if (Current.Is("("))
            {
                value = new Call(value, Arguments(), Current.Line);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Subscript(Expression value, int line)
    {
        Expression? start = null, stop = null, step = null;
        var isSlice = false;
        if (!Current.Is(":"))
        {
            start = Expression();
        }

        if (Skip(":"))
        {
            isSlice = true;
            if (!Current.Is(":") && !Current.Is("]"))
            {
                stop = Expression();
            }

            if (Skip(":") && !Current.Is("]"))
            {
                step = Expression();
            }
        }
        Expect("]");
        return isSlice ? new SliceOf(value, start, stop, step, line) : new Item(value, start!, line);
    }

    private Expression Filters(Expression value)
    {
        for (var count = 0; ; count++)
        {
            if (count > DeepestNesting)
            {
                throw Fail($"more than {DeepestNesting} filters in a row.");
            }

            if (Skip("|"))
            {
                value = OneFilter(value);
            }
            else if (Current.Is("is"))
            {
                value = OneTest(value, Next().Line);
            }
            else if (Current.Is("("))
            {
                value = new Call(value, Arguments(), Current.Line);
            }
            else
            {
                return value;
            }
        }
    }

    protected Filter OneFilter(Expression? value)
    {
        var name = Expect(TokenKind.Name, "the name of a filter");
        return new(value, name.Text, Current.Is("(") ? Arguments() : CallArguments.None, name.Line);
    }

    private Expression OneTest(Expression value, int line)
    {
        var isNegated = Skip("not");
        var name = Expect(TokenKind.Name, "the name of a test").Text;
        var arguments = CallArguments.None;
        if (Current.Is("("))
        {
            arguments = Arguments();
        }
        else if ((Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Whole or TokenKind.Fraction || Current.Is("[") || Current.Is("{"))
            && !Current.Is("else") && !Current.Is("or") && !Current.Is("and"))
        {
            // "x is string if y": the reference reads a name here too, and fails at its end.
            if (Current.Is("is"))
            {
                throw Fail("tests cannot be chained with 'is'.");
            }

            if (!Current.Is("if") && !Current.Is("in") && !Current.Is("not"))
            {
                arguments = CallArguments.None with { Positional = [Postfix(Primary())] };
            }
        }
        Expression test = new Test(value, name, arguments, line);
        return isNegated ? new Unary("not", test, line) : test;
    }

    protected CallArguments Arguments()
    {
        Expect("(");
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? spread = null, namedSpread = null;
        Items(")", () =>
        {
            if (Skip("*"))
            {
                spread = Expression();
            }
            else if (Skip("**"))
            {
                namedSpread = Expression();
            }
            else if (Current.Kind == TokenKind.Name && Ahead.Is("="))
            {
                var name = Next().Text;
                Next();
                named.Add((name, Expression()));
            }
            else if (named.Count > 0 || spread is not null || namedSpread is not null)
            {
                throw Fail("an argument without a name stands after one with a name.");
            }
            else
            {
                positional.Add(Expression());
            }
        });
        return new(positional, named, spread, namedSpread);
    }
}
