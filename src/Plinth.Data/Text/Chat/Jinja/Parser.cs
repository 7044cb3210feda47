namespace Plinth.Data.Text.Chat;

/// <summary>Reads the statements of a template.</summary>
internal sealed class Parser(List<TemplateToken> tokens) : ExpressionParser(tokens)
{
    private const int DeepestBlocks = 100;
    private int blocks, loops;

    public IReadOnlyList<Statement> Read()
    {
        var body = Body([]);
        return Current.Kind == TokenKind.End ? body : throw Fail($"the tag '{Ahead.Text}' ends nothing.");
    }

    /// <summary>Statements up to a tag of one of these names, which is left to be read.</summary>
    private List<Statement> Body(params string[] ends)
    {
        if (++blocks > DeepestBlocks)
        {
            throw Fail($"tags are nested more than {DeepestBlocks} deep.");
        }

        List<Statement> body = [];
        while (true)
        {
            switch (Current.Kind)
            {
                case TokenKind.Data:
                    body.Add(new Verbatim(Current.Text, Next().Line));
                    break;
                case TokenKind.ExpressionStart:
                    var line = Next().Line;
                    body.Add(new Print(Tuple(), line));
                    Expect(TokenKind.ExpressionEnd, "the end }} of the expression");
                    break;
                case TokenKind.TagStart when Ahead.Kind == TokenKind.Name && (ends.Contains(Ahead.Text) || Ahead.Text.StartsWith("end", StringComparison.Ordinal) || Ahead.Text is "else" or "elif"):
                    if (ends.Length > 0 && !ends.Contains(Ahead.Text))
                    {
                        throw Fail($"the tag '{Ahead.Text}' stands where '{string.Join("' or '", ends)}' is expected.");
                    }

                    blocks--;
                    return body;
                case TokenKind.TagStart:
                    Next();
                    body.Add(Tag());
                    Expect(TokenKind.TagEnd, "the end %} of the tag");
                    break;
                default:
                    if (ends.Length > 0)
                    {
                        throw Fail($"the template ends where '{string.Join("' or '", ends)}' is expected.");
                    }

                    blocks--;
                    return body;
            }
        }
    }

    /// <summary>The body of a tag and its end; the end's name is consumed, its mark is not.</summary>
    private List<Statement> Inner(string end)
    {
        Skip(":");
        Expect(TokenKind.TagEnd, "the end %} of the tag");
        var body = Body(end);
        Next();
        Next();
        return body;
    }

    private Statement Tag()
    {
        var tag = Expect(TokenKind.Name, "the name of a tag");
        return tag.Text switch
        {
            "if" => ReadIf(tag.Line),
            "for" => ReadFor(tag.Line),
            "set" => ReadSet(tag.Line),
            "macro" => ReadMacro(tag.Line),
            "call" => ReadCall(tag.Line),
            "filter" => new FilterBlock(FilterChain(null), Inner("endfilter"), tag.Line),
            "with" => ReadWith(tag.Line),
            "generation" => new Generation(Inner("endgeneration"), tag.Line),
            "break" or "continue" when loops > 0 => new Jump(tag.Text == "break", tag.Line),
            "break" or "continue" => throw new TemplateException($"'{tag.Text}' stands outside of a loop.", tag.Line),
            "include" or "import" or "from" or "extends" or "block" => throw new TemplateException($"the tag '{tag.Text}' reads other templates, which a chat template may not.", tag.Line),
            _ => throw new TemplateException($"there is no tag '{tag.Text}'. Known: if, for, set, macro, call, filter, with, generation, break, continue, raw.", tag.Line),
        };
    }

    private If ReadIf(int line)
    {
        List<(Expression, IReadOnlyList<Statement>)> branches = [];
        while (true)
        {
            var condition = Tuple(withChoice: false);
            Skip(":");
            Expect(TokenKind.TagEnd, "the end %} of the tag");
            branches.Add((condition, Body("elif", "else", "endif")));
            Next();
            switch (Next().Text)
            {
                case "elif":
                    continue;
                case "else":
                    return new(branches, Inner("endif"), line);
                default:
                    return new(branches, [], line);
            }
        }
    }

    private For ReadFor(int line)
    {
        var target = Target();
        Expect("in");
        var of = Tuple(withChoice: false, end: "recursive");
        var condition = Skip("if") ? Expression() : null;
        var isRecursive = Skip("recursive");
        Skip(":");
        Expect(TokenKind.TagEnd, "the end %} of the tag");
        loops++;
        var body = Body("endfor", "else");
        loops--;
        Next();
        return new(target, of, condition, isRecursive, body, Next().Text == "else" ? Inner("endfor") : [], line);
    }

    private Statement ReadSet(int line)
    {
        var target = Target(allowsAttribute: true);
        if (Skip("="))
        {
            return new Set(target, Tuple(), line);
        }

        var filter = Skip("|") ? FilterChain(null) : null;
        return new SetBlock(target, filter, Inner("endset"), line);
    }

    private Filter FilterChain(Expression? of)
    {
        var filter = OneFilter(of);
        while (Skip("|"))
        {
            filter = OneFilter(filter);
        }

        return filter;
    }

    private MacroDefinition ReadMacro(int line)
    {
        var name = Expect(TokenKind.Name, "the name of a macro").Text;
        return Macro(name, Parameters(), "endmacro", line);
    }

    private CallBlock ReadCall(int line)
    {
        var parameters = Current.Is("(") ? Parameters() : [];
        return Expression() is Call call
            ? new(call, Macro("caller", parameters, "endcall", line), line)
            : throw Fail("a call of a macro is expected after 'call'.");
    }

    private MacroDefinition Macro(string name, List<(string, Expression?)> parameters, string end, int line)
    {
        var (outer, outerLoops) = (NamesRead, loops);
        (NamesRead, loops) = (new(StringComparer.Ordinal), 0);
        var body = Inner(end);
        var definition = new MacroDefinition(name, parameters, body, line)
        {
            TakesMore = NamesRead.Contains("varargs"),
            TakesMoreNamed = NamesRead.Contains("kwargs"),
            TakesCaller = NamesRead.Contains("caller") || parameters.Any(p => p.Item1 == "caller"),
        };
        outer.UnionWith(NamesRead);
        (NamesRead, loops) = (outer, outerLoops);
        return definition;
    }

    private List<(string, Expression?)> Parameters()
    {
        Expect("(");
        List<(string Name, Expression? Default)> parameters = [];
        while (!Skip(")"))
        {
            if (parameters.Count > 0)
            {
                Expect(",");
            }

            var name = Expect(TokenKind.Name, "the name of a parameter").Text;
            var otherwise = Skip("=") ? Expression() : null;
            if (otherwise is null && parameters.Count > 0 && parameters[^1].Default is not null)
            {
                throw Fail($"the parameter '{name}' without a default stands after one with a default.");
            }

            parameters.Add((name, otherwise));
        }
        return parameters;
    }

    private With ReadWith(int line)
    {
        List<(Expression, Expression)> values = [];
        while (Current.Kind != TokenKind.TagEnd && !Current.Is(":"))
        {
            if (values.Count > 0)
            {
                Expect(",");
            }

            var target = Target(allowsSeveral: false);
            Expect("=");
            values.Add((target, Expression()));
        }
        return new(values, Inner("endwith"), line);
    }

    /// <summary>What a value can be given to: a name, several, or an attribute of a namespace.</summary>
    private Expression Target(bool allowsAttribute = false, bool allowsSeveral = true)
    {
        var line = Current.Line;
        List<Expression> names = [];
        var isTuple = false;
        do
        {
            if (names.Count > 0 && (Current.Is("in") || Current.Is("=")))
            {
                break;
            }

            if (Current.Is("("))
            {
                Next();
                names.Add(Target());
                Expect(")");
            }
            else
            {
                var name = Expect(TokenKind.Name, "a name to give the value to");
                if (name.Text is "true" or "false" or "none" or "True" or "False" or "None")
                {
                    throw new TemplateException($"'{name.Text}' cannot be given another value.", name.Line);
                }

                names.Add(allowsAttribute && Current.Is(".") ? AttributeOf(new Name(name.Text, name.Line)) : new Name(name.Text, name.Line));
            }
            isTuple |= Current.Is(",");
        }
        while (allowsSeveral && Skip(","));
        return isTuple && allowsSeveral ? new Sequence(names, true, line) : names[0];
    }

    private Attribute AttributeOf(Name name)
    {
        Expect(".");
        return new(name, Expect(TokenKind.Name, "the name of an attribute").Text, name.Line);
    }
}
