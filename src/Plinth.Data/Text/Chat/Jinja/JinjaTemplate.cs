using System.Text.Json;

namespace Plinth.Data.Text.Chat;

/// <summary>
/// A Jinja template in a sandbox, with the settings that chat templates are rendered with everywhere (<c>trim_blocks</c>, <c>lstrip_blocks</c>,
/// <c>break</c> and <c>continue</c>, <c>generation</c>, <c>raise_exception</c>, <c>strftime_now</c>). It sees plain values only, reads nothing, changes nothing
/// and runs within limits. Safe for concurrent use.
/// </summary>
public sealed class JinjaTemplate
{
    private const int LongestTemplate = 1 << 20;
    private readonly IReadOnlyList<Statement> body;
    private readonly TemplateLimits limits;
    private readonly TimeProvider time;

    private JinjaTemplate(string text, IReadOnlyList<Statement> body, TemplateLimits limits, TimeProvider time) =>
        (Text, this.body, this.limits, this.time) = (text, body, limits, time);

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="limits">What a rendering may use; null for the usual.</param>
    /// <param name="time">The clock of <c>strftime_now</c>; null for the system's.</param>
    /// <exception cref="TemplateException">It is malformed; the message names the line.</exception>
    public static JinjaTemplate Parse(string text, TemplateLimits? limits = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestTemplate)
        {
            throw new TemplateException($"The template has {text.Length:N0} characters; it may have up to {LongestTemplate:N0}.");
        }

        return new(text, new Parser(new Lexer(text).Read()).Read(), limits ?? new(), time ?? TimeProvider.System);
    }

    /// <summary>Renders it.</summary>
    /// <param name="variables">What the template finds by name.</param>
    /// <exception cref="TemplateException">The template refuses, errs, or exceeds its limits.</exception>
    public TemplateOutput Render(IReadOnlyDictionary<string, JsonElement> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var budget = new Budget(limits);
        var globals = new Scope(null);
        Globals.AddTo(globals, time, budget);
        foreach (var (name, value) in variables)
        {
            globals.Set(name, JsonValues.From(value, budget));
        }

        var output = new Interpreter(budget, globals).Run(body);
        return new(output.Text.ToString(), [.. output.Generated.OrderBy(span => span.Start)]);
    }
}

/// <summary>What a template printed.</summary>
/// <param name="Text">The text.</param>
/// <param name="Generated">What lies between <c>{% generation %}</c> and <c>{% endgeneration %}</c>.</param>
public sealed record TemplateOutput(string Text, IReadOnlyList<TokenSpan> Generated);
