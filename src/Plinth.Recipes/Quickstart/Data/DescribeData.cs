using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>Task: describe a member of which only the name is given.</summary>
public static class DescribeData
{
    private const int FewestWords = 5;

    /// <summary>Samples: <see cref="TextSample.Text"/> is a prompt such as <c>System.String.Trim:</c>, <see cref="TextSample.Pair"/> the summary that goes on from there, blank included.</summary>
    /// <param name="corpus">The documentation.</param>
    public static TaskData Build(QuickstartCorpus corpus) => new TaskDataBuilder(corpus, "describe").Build(member =>
        Words.Count(member.Summary.Text) < FewestWords
            ? []
            : [new(new TextSample(Prompt(member), $" {member.Summary}"), member.Summary.Text)]);

    private static string Prompt(DocumentationMember member) => member.Namespace.Length == 0 ? $"{member.DisplayName}:" : $"{member.Namespace}.{member.DisplayName}:";
}
