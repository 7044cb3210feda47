using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>Task: find the member from what its remarks say, or what it returns.</summary>
public static class RetrievalData
{
    private const int FewestWords = 5, TestCount = 2_500;

    /// <summary>Samples: <see cref="TextSample.Text"/> is the query, <see cref="TextSample.Pair"/> the member's summary. In a split all queries are distinct and so are all summaries.</summary>
    /// <param name="corpus">The documentation.</param>
    public static TaskData Build(QuickstartCorpus corpus) => new TaskDataBuilder(corpus, "retrieval") { MostTest = TestCount }.Build(member =>
    {
        var query = Words.Count(member.Remarks.Text) >= FewestWords ? member.Remarks.Text : member.Returns.Text;
        return Words.Count(query) < FewestWords || Words.Count(member.Summary.Text) < FewestWords
            ? []
            : [new(new TextSample(query, member.Summary.Text), query, member.Summary.Text)];
    });
}
