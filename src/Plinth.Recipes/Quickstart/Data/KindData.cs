using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>Task: what is described here, a type, method, property, field or event?</summary>
public static class KindData
{
    private const int FewestWords = 4;

    /// <summary>Names in the order of <see cref="MemberKind"/>.</summary>
    private static readonly string[] Names = ["type", "method", "property", "field", "event"];

    /// <summary>Samples: summary and remarks with the member's own names masked; the class is the kind. Constructors, whose sentence is always the same, are left out.</summary>
    /// <param name="corpus">The documentation.</param>
    public static TaskData Build(QuickstartCorpus corpus) => new TaskDataBuilder(corpus, "kind") { LabelNames = Names }.Build(member =>
    {
        var said = $"{member.Summary} {member.Remarks}".Trim();
        return member.IsConstructor || Words.Count(said) < FewestWords
            ? []
            : [new(new TextSample(NameMask.Apply(member, said)) { Label = (int)member.Kind }, said, member.Summary.Text)];
    });
}
