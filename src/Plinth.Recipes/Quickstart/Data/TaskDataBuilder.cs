using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>A sample that may be taken.</summary>
/// <param name="Sample">The sample; its class stands in it.</param>
/// <param name="Said">What the documentation says, word for word, behind it: nothing of that may be known from training when it is held out.</param>
internal readonly record struct Candidate(TextSample Sample, params string[] Said);

/// <summary>Makes task data of members: shuffled by seed, distinct, and with nothing in a later split that an earlier one holds.</summary>
internal sealed class TaskDataBuilder(QuickstartCorpus corpus, string name)
{
    private const int LargestTest = 1_500, LargestValidation = 500, LargestTrain = 20_000;
    private readonly HashSet<ulong> earlier = [];

    public IReadOnlyList<string> LabelNames { get; init; } = [];

    /// <summary>Most samples of the test split.</summary>
    public int MostTest { get; init; } = LargestTest;

    public TaskData Build(Func<DocumentationMember, IEnumerable<Candidate>> candidates) => new()
    {
        Name = name,
        LabelNames = LabelNames,
        Train = Take(DataSplit.Train, LargestTrain, candidates),
        Validation = Take(DataSplit.Validation, LargestValidation, candidates),
        Test = Take(DataSplit.Test, MostTest, candidates),
    };

    private TextSample[] Take(DataSplit split, int most, Func<DocumentationMember, IEnumerable<Candidate>> candidates)
    {
        var own = new HashSet<ulong>();
        var perClass = new Dictionary<int, int>();
        var taken = new List<TextSample>();
        foreach (var member in corpus.Members(split).OrderBy(m => StableHash.Of(m.Id, corpus.Seed)).ThenBy(m => m.Id, StringComparer.Ordinal))
        {
            foreach (var (sample, said) in candidates(member))
            {
                ulong[] keys = sample.Pair is null ? [StableHash.OfWords(sample.Text)] : [StableHash.OfWords(sample.Text), StableHash.OfWords(sample.Pair)];
                var leaks = split != DataSplit.Train && (keys.Any(earlier.Contains) || said.Any(corpus.IsKnownFromTraining));
                if (leaks || keys.Any(own.Contains))
                {
                    continue;
                }

                own.UnionWith(keys);
                var label = sample.Label ?? 0;
                var mostOfIt = sample.Label is null ? most : most / LabelNames.Count;
                if (perClass.GetValueOrDefault(label) < mostOfIt)
                {
                    perClass[label] = perClass.GetValueOrDefault(label) + 1;
                    taken.Add(sample);
                }
            }
        }

        // Those beyond the limit count as seen too: pre-training has seen them.
        earlier.UnionWith(own);
        return taken.ToArray();
    }
}
