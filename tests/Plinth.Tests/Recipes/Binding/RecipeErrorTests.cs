using System.Text;
using Plinth.Core;
using Plinth.Recipes.Binding;
using Xunit;

namespace Plinth.Tests.Recipes.Binding;

public sealed class RecipeErrorTests
{
    [Theory]
    [InlineData("name: a\nsed: 3", "r.yaml:2: There is no key 'sed'. Did you mean 'seed'? Known keys: name, seed,")]
    [InlineData("name: a\ntrainer:\n  steps: 1\n  learningrate: 2", "r.yaml:4: trainer: There is no key 'learningrate'. Did you mean 'learning_rate'?")]
    [InlineData("name: a\nzebra_crossing: 3", "There is no key 'zebra_crossing'. Known keys:")]
    [InlineData("name: a\ndata:\n  - path: x\n  - weight: 2", "r.yaml:4: data[1]: Required but missing: 'path'.")]
    [InlineData("seed: 1", "r.yaml:1: Required but missing: 'name'.")]
    [InlineData("name: a\nsplit: {share: 0.1}", "split: Required but missing: 'name'.")]
    [InlineData("name: a\nname: b", "r.yaml:2: The key 'name' stands twice in one mapping (first in line 1).")]
    [InlineData("name: a\nresume: yes", "r.yaml:2: resume: Expected true or false, found 'yes'.")]
    [InlineData("name: a\nresume: True", "resume: Expected true or false")]
    [InlineData("name: a\nresume: \"true\"", "Leave out the quotes")]
    [InlineData("name: a\nseed: 1.5", "seed: Expected a whole number, found '1.5'.")]
    [InlineData("name: a\nseed: 010", "Expected a whole number")]
    [InlineData("name: a\nseed: 0x10", "Expected a whole number")]
    [InlineData("name: a\nseed: 1_000", "Expected a whole number")]
    [InlineData("name: a\nseed: 9223372036854775808", "is out of range")]
    [InlineData("name: a\nlimit: 2147483648", "is out of range. Allowed are -2147483648 to 2147483647.")]
    [InlineData("name: a\ntrainer: {learning_rate: 1e999}", "trainer.learning_rate: '1e999' is too large")]
    [InlineData("name: a\ntrainer: {learning_rate: 1e-999}", "too small")]
    [InlineData("name: a\ntrainer: {learning_rate: .nan}", "Expected a number")]
    [InlineData("name: a\ntrainer: {learning_rate: 1,5}", "trainer: There is no key '5'")]
    [InlineData("name: a\ntrainer: {learning_rate: '1.5'}", "Leave out the quotes")]
    [InlineData("name: a\ntrainer: {schedule: warmup_cosin}", "Expected one of constant, warmup_cosine, found 'warmup_cosin'. Did you mean 'warmup_cosine'?")]
    [InlineData("name: a\ntrainer: {schedule: 1}", "Expected one of constant")]
    [InlineData("name: a\ntrainer: {time_limit: 5}", "Expected a duration such as 90s")]
    [InlineData("name: a\ntrainer: {time_limit: 999999999999999d}", "is too long")]
    [InlineData("name: a\ntrainer:", "r.yaml:2: trainer: A value is missing")]
    [InlineData("name: ~", "name: A value is missing; expected a text.")]
    [InlineData("name: [a]", "name: Expected a text, found a list.")]
    [InlineData("name: a\ndata: x", "data: Expected a list, found 'x'.")]
    [InlineData("name: a\ndata: [x]", "data[0]: Expected a mapping with the keys path, weight, found 'x'.")]
    [InlineData("name: a\ngrid: [[1], [2, x]]", "grid[1][1]: Expected a whole number, found 'x'.")]
    [InlineData("name: a\nweights: {a: b}", "weights.a: Expected a number, found 'b'.")]
    [InlineData("name: a\nobjective: {mask_probability: 0.2}", "objective: Required but missing: 'type'")]
    [InlineData("name: a\nobjective: mlm", "objective: Expected a mapping with 'type', found 'mlm'.")]
    [InlineData("name: a\nobjective: {type: [a]}", "objective: 'type' must be a name")]
    [InlineData("name: a\nbatch_size: 0", "r.yaml:2: batch_size: A batch holds at least one sample.")]
    [InlineData("", "r.yaml: The recipe is empty.")]
    [InlineData("# only a comment\n", "r.yaml: The recipe is empty.")]
    [InlineData("---\n...\n", "r.yaml: The recipe is empty.")]
    [InlineData("- a", "A recipe is a mapping of 'key: value' lines, but this is a list.")]
    [InlineData("hello", "but this is 'hello'.")]
    [InlineData("name: a\n---\nname: b", "r.yaml:2: A second YAML document begins here")]
    [InlineData("name: a\ntrainer:\n\tsteps: 1", "r.yaml:3: The line begins with a tab.")]
    [InlineData("name: a\ntrainer:\n  \tsteps: 1\n  \tlearning_rate: 2", "r.yaml:")]
    [InlineData("name: a\0\nsed: 1", "r.yaml:1: The line holds the control character U+0000.")]
    [InlineData("name: !!str a", "The tag 'tag:yaml.org,2002:str' is not allowed.")]
    [InlineData("name: *other", "There is no anchor '&other' before this alias.")]
    [InlineData("name: &me [*me]", "There is no anchor '&me' before this alias.")]
    [InlineData("name: a\n? [x]\n: b", "A key of this mapping is not a plain name.")]
    [InlineData("name: \"a", "This is not valid YAML")]
    [InlineData("name: [a", "This is not valid YAML")]
    [InlineData("name: a: b", "This is not valid YAML")]
    [InlineData("%YAML 9.9\n---\nname: a", "This is not valid YAML")]
    [InlineData("name: a\nextends: other.yaml", "This text stands in no folder")]
    public void Each_mistake_is_one_clear_message(string yaml, string expected) => Assert.Contains(expected, Message(yaml), StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Contains("nested deeper than 32 levels", Message("name: " + new string('[', 50_000)), StringComparison.Ordinal);

    [Fact]
    public void Alias_bombs_are_refused_at_once()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 28; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }
        Assert.Contains("once its aliases are followed", Message(bomb.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void Large_texts_are_refused() =>
        Assert.Contains("larger than 1 MB", Message("name: " + new string('a', 1 << 20)), StringComparison.Ordinal);

    [Fact]
    public void Truncated_and_mutated_recipes_never_escape_as_other_exceptions()
    {
        const string Text = "name: 'a'\ndata: &d\n  - {path: \"x\\n\", weight: 1e-3}\ntrainer:\n  steps: 5\n  time_limit: 1h\nobjective: {type: mlm, x: [1, 2]}\nnote: |\n  two\n  lines\nweights: {a: 1}\n";
        const string Alphabet = "{}[]:,-?&*!|>'\"%@`#\n \tax0~.\\";
        var random = new Random(5);
        for (var i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(Text[..random.Next(Text.Length + 1)]);
            for (var edits = random.Next(4); edits > 0 && text.Length > 0; edits--)
            {
                text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            }
            try
            {
                RecipeReader.ReadText<SampleRecipe>(text.ToString(), "r.yaml");
            }
            catch (RecipeException error)
            {
                Assert.StartsWith("r.yaml", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Files_that_cannot_be_read_are_named()
    {
        using var folder = new RecipeFolder();
        File.WriteAllBytes(folder.At("latin.yaml"), [.. "name: "u8, 0xE9, 0x0A]);
        File.WriteAllBytes(folder.At("large.yaml"), new byte[(1 << 20) + 1]);
        Assert.Contains("not valid UTF-8 (byte 6)", FileMessage(folder.At("latin.yaml")), StringComparison.Ordinal);
        Assert.Contains("larger than 1 MB", FileMessage(folder.At("large.yaml")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", FileMessage(folder.At("missing.yaml")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", FileMessage(folder.At(".")), StringComparison.Ordinal);
    }

    private static string Message(string yaml) => Assert.Throws<RecipeException>(() => RecipeReader.ReadText<SampleRecipe>(yaml, "r.yaml")).Message;

    private static string FileMessage(string path)
    {
        var message = Assert.Throws<RecipeException>(() => RecipeReader.Read<SampleRecipe>(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }
}
