namespace Plinth.Data.Text.Chat;

/// <summary>What may stand after <c>is</c>.</summary>
internal static class Tests
{
    private static readonly string[] Names =
    [
        "defined", "undefined", "none", "true", "false", "boolean", "string", "number", "integer", "float", "mapping", "sequence", "iterable", "callable", "odd", "even",
        "divisibleby", "lower", "upper", "eq", "equalto", "ne", "lt", "lessthan", "le", "gt", "greaterthan", "ge", "in", "sameas", "filter", "test",
    ];

    public static bool Knows(string name) => Names.Contains(name) || name is "==" or "!=" or "<" or "<=" or ">" or ">=";

    public static bool Holds(string name, object? value, Arguments arguments, Budget budget)
    {
        budget.Step();
        object? Other() => arguments.Bind($"the test '{name}'", 1, "other").Value("other");
        return name switch
        {
            "defined" => value is not Undefined,
            "undefined" => value is Undefined,
            "none" => value is null,
            "true" => value is true,
            "false" => value is false,
            "boolean" => value is bool,
            "string" => value is string,
            "number" => value is long or double or bool,
            "integer" => value is long,
            "float" => value is double,
            "mapping" => value is MapValue,
            "sequence" => value is string or MapValue or Undefined or ListValue { HasIndex: true },
            "iterable" => value is string or MapValue or Undefined or ListValue,
            "callable" => value is Callable or LoopState or Undefined,
            "odd" or "even" => Whole(value, name) % 2 != 0 == (name == "odd"),
            "divisibleby" => Whole(Other(), name) is not 0 and var by ? Whole(value, name) % by == 0 : throw new TemplateException("division by zero."),
            "lower" => ValueText.Of(value, budget) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
            "upper" => ValueText.Of(value, budget) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
            "eq" or "equalto" or "==" => Operators.AreEqual(value, Other(), budget),
            "ne" or "!=" => !Operators.AreEqual(value, Other(), budget),
            "lt" or "lessthan" or "<" => Operators.Compare(value, Other(), budget) < 0,
            "le" or "<=" => Operators.Compare(value, Other(), budget) <= 0,
            "gt" or "greaterthan" or ">" => Operators.Compare(value, Other(), budget) > 0,
            "ge" or ">=" => Operators.Compare(value, Other(), budget) >= 0,
            "in" => Operators.Contains(Other(), value, budget),
            "sameas" => Other() is var other && (ReferenceEquals(value, other) || (value is bool or long && value.Equals(other))),
            "filter" => value is string filter && Filters.Knows(filter),
            "test" => value is string test && Knows(test),
            _ => throw new TemplateException($"there is no test '{name}'. Known: {string.Join(", ", Names)}."),
        };
    }

    private static long Whole(object? value, string name) => value is long or bool ? Operators.AsLong(value)
        : throw new TemplateException($"the test '{name}' takes a whole number, not {ValueText.TypeName(value)}.");
}
