using Plinth.Core;

namespace Plinth.Recipes.Quickstart;

/// <summary>Task: which part of the libraries is this text from?</summary>
public static class AreaData
{
    private const int AreaCount = 10, FewestWords = 5;

    /// <summary>Samples: summary, remarks and returns with the member's own names masked; the class is the area, one of those with most types.</summary>
    /// <param name="corpus">The documentation.</param>
    public static TaskData Build(QuickstartCorpus corpus)
    {
        var areas = corpus.Members(DataSplit.Train)
            .Where(m => m.Area.Contains('.'))
            .GroupBy(m => m.Area)
            .OrderByDescending(g => g.Select(m => m.OuterType).Distinct().Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal)
            .Take(AreaCount)
            .Select(g => g.Key)
            .Order(StringComparer.Ordinal)
            .ToArray();
        return new TaskDataBuilder(corpus, "area") { LabelNames = areas }.Build(member =>
        {
            var label = Array.IndexOf(areas, member.Area);
            var said = $"{member.Summary} {member.Remarks} {member.Returns}".Trim();
            return label < 0 || Words.Count(said) < FewestWords
                ? []
                : [new(new TextSample(NameMask.Apply(member, said)) { Label = label }, said, member.Summary.Text)];
        });
    }
}
