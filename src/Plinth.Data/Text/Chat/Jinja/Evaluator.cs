namespace Plinth.Data.Text.Chat;

/// <summary>Computes expressions.</summary>
internal sealed class Evaluator(Budget budget)
{
    public object? Value(Expression expression, Scope scope)
    {
        Budget.CheckStack();
        budget.Step();
        switch (expression)
        {
            case Constant constant:
                return constant.Value;
            case Name name:
                return scope.TryGet(name.Id, out var found) ? found : new Undefined($"'{name.Id}' is undefined");
            case Sequence sequence:
                return new ListValue([.. sequence.Items.Select(item => Value(item, scope))], sequence.IsTuple ? SequenceKind.Tuple : SequenceKind.List);
            case Mapping mapping:
                var map = new MapValue();
                foreach (var (key, value) in mapping.Entries)
                {
                    map.Set(Value(key, scope), Value(value, scope));
                }

                return map;
            case Attribute attribute:
                return Access.Attribute(Value(attribute.Of, scope), attribute.Id, budget);
            case Item item:
                return Access.Item(Value(item.Of, scope), Value(item.Key, scope), budget);
            case SliceOf slice:
                return Access.Slice(Value(slice.Of, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope), budget);
            case Call call:
                return Called(call, scope);
            case Filter filter:
                return Filters.Apply(filter.Id, Value(filter.Of!, scope), Given(filter.Arguments, scope), budget);
            case Test test:
                return Tests.Holds(test.Id, Value(test.Of, scope), Given(test.Arguments, scope), budget);
            case Unary { Operator: "not" } not:
                return !Operators.IsTrue(Value(not.Of, scope));
            case Unary { Operator: "-" } minus:
                return Operators.Negative(Value(minus.Of, scope));
            case Unary plus:
                return Value(plus.Of, scope) switch
                {
                    bool flag => (object)(flag ? 1L : 0L),
                    long number => number,
                    double number => number,
                    _ => throw new TemplateException("a plus stands before what is no number."),
                };
            case Binary { Operator: "and" } and:
                return Value(and.Left, scope) is var first && Operators.IsTrue(first) ? Value(and.Right, scope) : first;
            case Binary { Operator: "or" } or:
                return Value(or.Left, scope) is var left && Operators.IsTrue(left) ? left : Value(or.Right, scope);
            case Binary binary:
                return Operators.Binary(binary.Operator, Value(binary.Left, scope), Value(binary.Right, scope), budget);
            case Joined joined:
                var sink = new TextSink(budget);
                foreach (var part in joined.Parts)
                {
                    sink.Append(ValueText.Of(Value(part, scope), budget));
                }

                return sink.ToString();
            case Comparison comparison:
                return Compared(comparison, scope);
            case Choice choice:
                return Operators.IsTrue(Value(choice.Condition, scope)) ? Value(choice.Then, scope)
                    : choice.Else is { } otherwise ? Value(otherwise, scope) : new Undefined("the condition is false and there is no 'else'");
            default:
                throw new NotSupportedException(expression.GetType().Name);
        }
    }

    /// <summary>A filter whose innermost value is given, as in a filter block.</summary>
    public object? Filtered(Filter filter, object? value, Scope scope) =>
        Filters.Apply(filter.Id, filter.Of is Filter inner ? Filtered(inner, value, scope) : value, Given(filter.Arguments, scope), budget);

    public object? Called(Call call, Scope scope, Callable? caller = null)
    {
        var function = Value(call.Function, scope);
        var arguments = Given(call.Arguments, scope);
        if (caller is not null)
        {
            arguments = new(arguments.Positional, new Dictionary<string, object?>(arguments.Named, StringComparer.Ordinal) { ["caller"] = caller });
        }

        return function switch
        {
            Callable known => known.Call(arguments),
            LoopState loop => loop.Recurse(arguments.Bind("loop", 1, "items").Value("items")),
            Undefined missing => throw missing.Error(),
            _ => throw new TemplateException($"{ValueText.TypeName(function)} cannot be called."),
        };
    }

    private object? Optional(Expression? expression, Scope scope) => expression is null ? null : Value(expression, scope);

    private bool Compared(Comparison comparison, Scope scope)
    {
        var left = Value(comparison.First, scope);
        foreach (var (sign, expression) in comparison.Rest)
        {
            var right = Value(expression, scope);
            var holds = sign switch
            {
                "==" => Operators.AreEqual(left, right, budget),
                "!=" => !Operators.AreEqual(left, right, budget),
                "<" => Operators.Compare(left, right, budget) < 0,
                "<=" => Operators.Compare(left, right, budget) <= 0,
                ">" => Operators.Compare(left, right, budget) > 0,
                ">=" => Operators.Compare(left, right, budget) >= 0,
                "in" => Operators.Contains(right, left, budget),
                _ => !Operators.Contains(right, left, budget),
            };
            if (!holds)
            {
                return false;
            }

            left = right;
        }
        return true;
    }

    private Arguments Given(CallArguments written, Scope scope)
    {
        if (written.Positional.Count == 0 && written.Named.Count == 0 && written.Spread is null && written.NamedSpread is null)
        {
            return new([]);
        }

        List<object?> positional = [.. written.Positional.Select(argument => Value(argument, scope))];
        if (written.Spread is { } spread)
        {
            positional.AddRange(Operators.Items(Value(spread, scope), budget));
        }

        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in written.Named)
        {
            named[name] = Value(value, scope);
        }

        if (written.NamedSpread is { } more)
        {
            foreach (var (key, value) in Value(more, scope) is MapValue map ? map.Entries : throw new TemplateException("'**' takes a dictionary."))
            {
                named[key as string ?? throw new TemplateException("'**' takes names that are texts.")] = value;
            }
        }
        return new(positional, named);
    }
}
