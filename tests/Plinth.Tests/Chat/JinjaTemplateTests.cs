using System.Diagnostics;
using System.Text.Json;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;

namespace Plinth.Tests.Chat;

public sealed class JinjaTemplateTests
{
    /// <summary>Each line is a template with what Jinja2 3.1.6 made of it in the sandbox and with the settings of chat templates.</summary>
    [Fact]
    public void Templates_render_as_the_reference_renders_them()
    {
        var lines = File.ReadLines(Path.Combine(Fixtures.Root, "tests", "Plinth.Tests", "Chat", "jinja-cases.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var variables = lines[0].GetProperty("variables").EnumerateObject().ToDictionary(v => v.Name, v => v.Value);
        List<string> wrong = [];
        foreach (var one in lines.Skip(1))
        {
            var (template, expected) = (one.GetProperty("template").GetString()!, one.TryGetProperty("text", out var text) ? text.GetString() : null);
            string? found;
            try
            {
                found = JinjaTemplate.Parse(template).Render(variables).Text;
            }
            catch (TemplateException)
            {
                found = null;
            }
            if (found != expected)
            {
                wrong.Add($"{template}\n  expected {expected ?? "a refusal"}\n  found    {found ?? "a refusal"}");
            }
        }
        Assert.True(lines.Count > 100);
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("a\nb {{ 1 + }}", 2, "an expression is expected")]
    [InlineData("{% if x %}\n\n{% for %}", 3, "a name to give the value to")]
    [InlineData("\n{% if x %}\n", 2, "ends where")]
    [InlineData("a\n\n{{ missing.name }}", 3, "'missing' is undefined")]
    [InlineData("\n{{ 'a' + 1 }}", 2, "does not go with a text and a whole number")]
    [InlineData("{% include 'other' %}", 1, "reads other templates")]
    [InlineData("{{ x|nonsense }}", 1, "no filter 'nonsense'")]
    [InlineData("{% macro m() %}\n\n{{ raise_exception('Only user and assistant!') }}{% endmacro %}\n{{ m() }}", 3, "Only user and assistant!")]
    public void Errors_name_their_line(string template, int line, string words)
    {
        var error = Assert.Throws<TemplateException>(() => Render(template));
        Assert.Equal(line, error.Line);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains($"line {line}:", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for i in range(10**9) %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x.replace('a', 'aa').replace('b', 'abb') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{{ 'a' * 10**9 }}")]
    [InlineData("{{ 'a' * 10**18 }}")]
    [InlineData("{{ [0] * 10**12 }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '{:>999999999}'.format(1) }}")]
    [InlineData("{{ 'a'.center(10**10) }}")]
    [InlineData("{{ 'a'|center(10**10) }}")]
    [InlineData("{{ 'a\nb'|indent(10**10) }}")]
    [InlineData("{{ [[1]]|tojson(indent=10**10) }}")]
    [InlineData("{{ [1]|batch(10**9, 'x')|list }}")]
    [InlineData("{{ [1]|slice(10**9)|list }}")]
    [InlineData("{{ 10**10**10 }}")]
    [InlineData("{{ 9**9**9**9 }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}")]
    [InlineData("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{{ ''.__class__.__mro__ }}")]
    [InlineData("{{ ''['__class__'] }}")]
    [InlineData("{{ ''|attr('__class__') }}")]
    [InlineData("{{ [[]]|map(attribute='__class__')|list }}")]
    [InlineData("{{ raise_exception.__globals__ }}")]
    [InlineData("{{ '{0.__class__}'.format(1) }}")]
    [InlineData("{% set x = [1] %}{{ x.append(2) }}")]
    [InlineData("{% set x = {} %}{{ x.update({'a': 1}) }}")]
    public void Hostile_templates_end_quickly_in_a_typed_error(string template)
    {
        var watch = Stopwatch.StartNew();
        Assert.Throws<TemplateException>(() => Render(template));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("(", 100_000)]
    [InlineData("[", 100_000)]
    [InlineData("not ", 100_000)]
    [InlineData("-", 100_000)]
    [InlineData("1+", 100_000)]
    [InlineData("x.", 100_000)]
    [InlineData("1 if ", 100_000)]
    public void Deeply_nested_expressions_are_refused(string piece, int times) =>
        Assert.Throws<TemplateException>(() => Render("{{ " + string.Concat(Enumerable.Repeat(piece, times)) + "1 }}"));

    [Fact]
    public void Deeply_nested_tags_are_refused() =>
        Assert.Throws<TemplateException>(() => Render(string.Concat(Enumerable.Repeat("{% if true %}", 10_000)) + string.Concat(Enumerable.Repeat("{% endif %}", 10_000))));

    [Fact]
    public void A_search_made_to_be_slow_is_not()
    {
        var watch = Stopwatch.StartNew();
        var half = new string('a', 500_000);
        Assert.Equal("False", Render("{{ needle in text }}", ("text", half + half + half), ("needle", half + "b" + half)).Text);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_message_of_ten_million_characters_is_rendered()
    {
        var text = new string('x', 10_000_000);
        Assert.Equal(text.Length + 7, Render("<|u|>\n{{ text.strip() + '!' }}", ("text", " " + text)).Text.Length);
    }

    [Fact]
    public void Time_comes_from_the_clock_given()
    {
        var template = JinjaTemplate.Parse("{{ strftime_now('%d %b %Y, %H:%M %A %j') }}", time: new Clock1999());
        Assert.Equal("31 Dec 1999, 23:58 Friday 365", template.Render(new Dictionary<string, JsonElement>()).Text);
    }

    [Fact]
    public void Marks_of_generation_give_their_places()
    {
        var output = Render("{% for m in [1, 2] %}\n<a>{% generation %}n{{ m }}<e>{% endgeneration %}\n\n{% endfor %}");
        Assert.Equal("<a>n1<e>\n<a>n2<e>\n", output.Text);
        Assert.Equal([new(3, 8), new(12, 17)], output.Generated);
        Assert.Throws<TemplateException>(() => Render("{% macro m() %}{% generation %}x{% endgeneration %}{% endmacro %}{{ m() }}"));
    }

    [Fact]
    public void A_time_limit_and_a_step_limit_hold()
    {
        const string Loop = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}";
        var none = new Dictionary<string, JsonElement>();
        Assert.Contains("1,000 steps", Assert.Throws<TemplateException>(() => JinjaTemplate.Parse(Loop, new() { Steps = 1_000 }).Render(none)).Message, StringComparison.Ordinal);
        Assert.Contains("seconds", Assert.Throws<TemplateException>(() =>
            JinjaTemplate.Parse(Loop, new() { Steps = long.MaxValue / 2, Time = TimeSpan.FromMilliseconds(30) }).Render(none)).Message, StringComparison.Ordinal);
    }

    private static TemplateOutput Render(string template, params (string Name, string Value)[] variables) =>
        JinjaTemplate.Parse(template).Render(variables.ToDictionary(v => v.Name, v => JsonSerializer.SerializeToElement(v.Value)));

    private sealed class Clock1999 : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(1999, 12, 31, 23, 58, 0, TimeSpan.Zero);
    }
}
