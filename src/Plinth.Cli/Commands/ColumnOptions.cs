using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Cli.Commands;

/// <summary>Reads <c>--column part=name</c> options.</summary>
internal static class ColumnOptions
{
    private const string Parts = "text, pair, label, label_set, value, words, tags, choices, answers";

    public static SampleColumns Parse(IEnumerable<string> options)
    {
        var columns = new SampleColumns();
        foreach (var option in options)
        {
            var (part, name) = option.Split('=', 2) is [var left, var right] ? (left, right) : throw new BadInputException($"--column {option}: write part=name, for example label=category.");
            columns = part switch
            {
                "text" => columns with { Text = name },
                "pair" => columns with { Pair = name },
                "label" => columns with { Label = name },
                "label_set" => columns with { LabelSet = name },
                "value" => columns with { Value = name },
                "words" => columns with { Words = name, Text = null },
                "tags" => columns with { Tags = name },
                "choices" => columns with { Choices = name },
                "answers" => columns with { Answers = name },
                _ => throw new BadInputException($"--column {option}: there is no part '{part}'. Known: {Parts}."),
            };
        }

        return columns;
    }
}
