using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>Task: which words of a sentence name a type, which a parameter?</summary>
public static class MentionData
{
    private const int FewestWords = 4, MostWords = 64;

    /// <summary>Samples: sentences with at least one mention, split into words, one tag per word.</summary>
    /// <param name="corpus">The documentation.</param>
    public static TaskData Build(QuickstartCorpus corpus) => new TaskDataBuilder(corpus, "mentions") { LabelNames = WordTags.Names }.Build(member =>
        Texts(member)
            .SelectMany(WordTags.Sentences)
            .Where(s => s.Words.Count is >= FewestWords and <= MostWords && s.Tags.Any(t => t != 0))
            .Select(s => new Candidate(new TextSample(string.Join(' ', s.Words)) { Words = s.Words, Tags = s.Tags })));

    private static IEnumerable<RunningText> Texts(DocumentationMember member) =>
        ((RunningText[])[member.Summary, member.Remarks, member.Returns]).Concat(member.Params.Concat(member.Exceptions).Select(n => n.Text));
}
