using System.Text;
using Plinth.Core;

namespace Plinth.Data.Text.Chat;

/// <summary>Collects what is printed.</summary>
internal sealed class Output
{
    public StringBuilder Text { get; } = new();

    /// <summary>What lies between marks of generation.</summary>
    public List<TokenSpan> Generated { get; } = [];
}

/// <summary>Carries out the statements of a template.</summary>
internal sealed class Interpreter(Budget budget, Scope globals)
{
    private enum Flow
    {
        On,
        Break,
        Continue,
    }

    private readonly Evaluator evaluator = new(budget);
    private Output output = new();

    public Output Run(IReadOnlyList<Statement> body)
    {
        Carry(body, new Scope(globals));
        return output;
    }

    private Flow Carry(IReadOnlyList<Statement> body, Scope scope)
    {
        Budget.CheckStack();
        foreach (var statement in body)
        {
            budget.Step();
            try
            {
                var flow = Carry(statement, scope);
                if (flow != Flow.On)
                {
                    return flow;
                }
            }
            catch (TemplateException e) when (e.Line == 0)
            {
                throw e.At(statement.Line);
            }
        }
        return Flow.On;
    }

    private Flow Carry(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Verbatim data:
                Write(data.Text);
                return Flow.On;
            case Print print:
                Write(ValueText.Of(evaluator.Value(print.Value, scope), budget));
                return Flow.On;
            case If choice:
                foreach (var (condition, body) in choice.Branches)
                {
                    if (Operators.IsTrue(evaluator.Value(condition, scope)))
                    {
                        return Carry(body, scope);
                    }
                }
                return Carry(choice.Else, scope);
            case For loop:
                return Loop(loop, evaluator.Value(loop.Of, scope), scope, 0);
            case Set set:
                Assign(set.Target, evaluator.Value(set.Value, scope), scope);
                return Flow.On;
            case SetBlock block:
                object? text = Captured(() => Carry(block.Body, new Scope(scope)));
                Assign(block.Target, block.Filter is { } filter ? evaluator.Filtered(filter, text, scope) : text, scope);
                return Flow.On;
            case MacroDefinition definition:
                scope.Set(definition.Id, Macro(definition, scope));
                return Flow.On;
            case CallBlock call:
                Write(ValueText.Of(evaluator.Called(call.Call, scope, Macro(call.Caller, scope)), budget));
                return Flow.On;
            case FilterBlock block:
                Write(ValueText.Of(evaluator.Filtered(block.Filter, Captured(() => Carry(block.Body, new Scope(scope))), scope), budget));
                return Flow.On;
            case With with:
                var inner = new Scope(scope);
                foreach (var (target, value) in with.Values)
                {
                    Assign(target, evaluator.Value(value, scope), inner);
                }

                return Carry(with.Body, inner);
            case Generation generation:
                var start = output.Text.Length;
                var flow = Carry(generation.Body, new Scope(scope));
                output.Generated.Add(new(start, output.Text.Length));
                return flow;
            case Jump jump:
                return jump.IsBreak ? Flow.Break : Flow.Continue;
            default:
                throw new NotSupportedException(statement.GetType().Name);
        }
    }

    private void Write(string text)
    {
        budget.Reserve(text.Length);
        output.Text.Append(text);
    }

    private string Captured(Action write)
    {
        var outer = output;
        output = new();
        try
        {
            write();
            return output.Generated.Count == 0 ? output.Text.ToString()
                : throw new TemplateException("marks of generation stand inside of a macro, a call, a filter or a set block, where their place in the text is not known.");
        }
        finally
        {
            output = outer;
        }
    }

    private Flow Loop(For loop, object? of, Scope scope, int depth)
    {
        IReadOnlyList<object?> items = Operators.Items(of is Undefined ? new ListValue([]) : of, budget);
        if (loop.Condition is { } condition)
        {
            items = items.Where(item =>
            {
                var trial = new Scope(scope);
                Assign(loop.Target, item, trial);
                return Operators.IsTrue(evaluator.Value(condition, trial));
            }).ToList();
        }
        if (items.Count == 0)
        {
            return Carry(loop.Else, new Scope(scope));
        }

        var state = new LoopState(items, depth, inner => Recursion(loop, inner, scope, depth), budget);
        for (var i = 0; i < items.Count; i++)
        {
            budget.Step();
            state.Index = i;
            var round = new Scope(scope);
            round.Set("loop", state);
            Assign(loop.Target, items[i], round);
            if (Carry(loop.Body, round) == Flow.Break)
            {
                break;
            }
        }
        return Flow.On;
    }

    private string Recursion(For loop, object? of, Scope scope, int depth)
    {
        if (!loop.IsRecursive)
        {
            throw new TemplateException("only a loop marked 'recursive' can be called.");
        }

        budget.Enter();
        var text = Captured(() => Loop(loop, of, scope, depth + 1));
        budget.Leave();
        return text;
    }

    private void Assign(Expression target, object? value, Scope scope)
    {
        switch (target)
        {
            case Name name:
                scope.Set(name.Id, value);
                break;
            case Attribute { Of: Name of } attribute:
                if (!scope.TryGet(of.Id, out var found) || found is not NamespaceValue space)
                {
                    throw new TemplateException($"'{of.Id}' is no namespace; only attributes of a namespace can be set.");
                }

                space.Attributes[attribute.Id] = value;
                break;
            case Sequence names:
                var items = Operators.Items(value, budget);
                if (items.Count != names.Items.Count)
                {
                    throw new TemplateException($"{items.Count} values cannot be given to {names.Items.Count} names.");
                }

                for (var i = 0; i < items.Count; i++)
                {
                    Assign(names.Items[i], items[i], scope);
                }

                break;
            default:
                throw new TemplateException("a value can be given to names and attributes of a namespace only.");
        }
    }

    private Callable Macro(MacroDefinition definition, Scope scope)
    {
        var macro = new Callable(definition.Id, arguments =>
        {
            budget.Enter();
            var inner = new Scope(scope);
            BindParameters(definition, arguments, inner);
            var text = Captured(() => Carry(definition.Body, inner));
            budget.Leave();
            return text;
        });
        macro.Attributes["name"] = definition.Id;
        macro.Attributes["arguments"] = new ListValue([.. definition.Parameters.Select(p => p.Name)], SequenceKind.Tuple);
        macro.Attributes["caller"] = definition.TakesCaller;
        macro.Attributes["catch_varargs"] = definition.TakesMore;
        macro.Attributes["catch_kwargs"] = definition.TakesMoreNamed;
        return macro;
    }

    private void BindParameters(MacroDefinition definition, Arguments arguments, Scope inner)
    {
        var named = new Dictionary<string, object?>(arguments.Named, StringComparer.Ordinal);
        for (var i = 0; i < definition.Parameters.Count; i++)
        {
            var (name, otherwise) = definition.Parameters[i];
            object? value;
            if (i < arguments.Positional.Count)
            {
                value = named.ContainsKey(name) ? throw new TemplateException($"the macro '{definition.Id}' got the argument '{name}' twice.") : arguments.Positional[i];
            }
            else if (!named.Remove(name, out value))
            {
                value = otherwise is null ? new Undefined($"the argument '{name}' was not given") : evaluator.Value(otherwise, inner);
            }

            inner.Set(name, value);
        }
        if (definition.TakesCaller)
        {
            inner.Set("caller", named.Remove("caller", out var caller) ? caller : inner.TryGet("caller", out var given) && definition.Parameters.Any(p => p.Name == "caller") ? given : new Undefined("there is no caller"));
        }

        var more = arguments.Positional.Skip(definition.Parameters.Count).ToList();
        if (definition.TakesMore)
        {
            inner.Set("varargs", new ListValue(more, SequenceKind.Tuple));
        }
        else if (more.Count > 0)
        {
            throw new TemplateException($"the macro '{definition.Id}' takes {definition.Parameters.Count} arguments, {arguments.Positional.Count} were given.");
        }

        if (definition.TakesMoreNamed)
        {
            var map = new MapValue();
            foreach (var (key, value) in named)
            {
                map.Set(key, value);
            }

            inner.Set("kwargs", map);
        }
        else if (named.Count > 0)
        {
            throw new TemplateException($"the macro '{definition.Id}' has no argument '{named.Keys.First()}'.");
        }
    }
}
