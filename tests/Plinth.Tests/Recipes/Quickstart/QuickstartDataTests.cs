using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes.Quickstart;
using Xunit;

namespace Plinth.Tests.Recipes.Quickstart;

public sealed class QuickstartDataTests
{
    private static readonly QuickstartCorpus Corpus = QuickstartCorpus.From(Made(600), 3);

    public static TheoryData<string> Tasks => ["kind", "area", "mentions", "retrieval", "describe"];

    [Fact]
    public void No_type_and_no_text_is_in_two_splits()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var corpus = QuickstartCorpus.From(Made(200), seed);
            Disjoint(split => corpus.Members(split).Select(m => m.OuterType));
            Disjoint(split => corpus.Documents(split).Select(d => Words(d.Text)));
            Assert.All(Enum.GetValues<DataSplit>(), split => Assert.NotEmpty(corpus.Documents(split)));
            Assert.Equal(corpus.Documents(DataSplit.Train).Count, corpus.Documents(DataSplit.Train).Select(d => Words(d.Text)).Distinct().Count());
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void No_sample_of_a_task_is_in_two_splits_nor_said_in_training(string task)
    {
        var data = Build(task, Corpus);
        var parts = new Dictionary<DataSplit, IReadOnlyList<TextSample>> { [DataSplit.Train] = data.Train, [DataSplit.Validation] = data.Validation, [DataSplit.Test] = data.Test };
        Assert.All(parts.Values, Assert.NotEmpty);
        Disjoint(split => parts[split].Select(s => Words(s.Text)));
        Disjoint(split => parts[split].Select(s => Words(s.Pair ?? $"{split}")));
        Assert.All(parts.Values, p => Assert.Equal(p.Count, p.Select(s => Words(s.Text)).Distinct().Count()));
        if (task is "retrieval" or "describe")
        {
            var known = Corpus.Members(DataSplit.Train).Select(m => Words(m.Summary.Text)).ToHashSet();
            Assert.DoesNotContain(data.Test, s => known.Contains(Words(s.Pair!)));
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void The_same_seed_gives_the_same_data_and_another_gives_other(string task)
    {
        Assert.Equal(Shown(Build(task, Corpus)), Shown(Build(task, QuickstartCorpus.From(Made(600), 3))));
        Assert.NotEqual(Shown(Build(task, Corpus)), Shown(Build(task, QuickstartCorpus.From(Made(600), 4))));

        static string Shown(TaskData data) => string.Join('\n', data.Train.Concat(data.Test).Select(s => $"{s.Text}|{s.Pair}|{s.Label}|{string.Join(',', s.Tags ?? [])}"));
    }

    [Fact]
    public void Options_are_those_of_the_catalogs_tasks() => Assert.All(
        QuickstartTask.OfDocumentation(Corpus, QuickstartPlan.For(new()), WordTokenizer.OfWords(50)), task => Assert.Equal(Plinth.Tasks.TaskCatalog.Tasks[task.CatalogName].OptionsType, task.Options!.GetType()));

    [Fact]
    public void Subsets_are_nested_and_hold_classes_in_proportion()
    {
        var data = new TaskData
        {
            Name = "x",
            LabelNames = ["a", "b", "c"],
            Train = Enumerable.Range(0, 1_000).Select(i => new TextSample($"{i}") { Label = i % 10 < 5 ? 0 : i % 10 < 9 ? 1 : 2 }).ToArray(),
            Validation = [],
            Test = [],
        };
        for (var seed = 0; seed < 10; seed++)
        {
            var all = data.Subset(5_000, seed);
            Assert.Equal(1_000, all.Distinct().Count());
            foreach (var count in (int[])[1, 10, 50, 200, 999])
            {
                var subset = data.Subset(count, seed);
                Assert.Equal(all.Take(count), subset);
                for (var label = 0; label < 3; label++)
                {
                    var expected = count * new[] { 0.5, 0.4, 0.1 }[label];
                    Assert.InRange(subset.Count(s => s.Label == label), expected - 1.5, expected + 1.5);
                }
            }
        }

        Assert.NotEqual(data.Subset(50, 1), data.Subset(50, 2));
    }

    [Fact]
    public void Own_names_are_masked_and_others_stay()
    {
        var member = new DocumentationMember
        {
            Id = "P:Acme.Net.Box`1.Count", Kind = MemberKind.Property, DeclaringType = "Acme.Net.Box`1", OuterType = "Acme.Net.Box`1", Namespace = "Acme.Net", Name = "Count", DisplayName = "Box<T>.Count",
            Summary = Plain("Gets the Count of a Box<T>, not of Boxes; see Acme.Net.Other.Thing, and the count in Acme.Network."),
        };
        var texts = Enumerable.Range(0, 40).Select(seed => KindData.Build(QuickstartCorpus.From([member], seed))).SelectMany(d => d.Train).Select(s => s.Text).Distinct();
        Assert.Equal("Gets the X of a X<T>, not of Boxes; see X, and the count in Acme.Network.", Assert.Single(texts));
    }

    [Fact]
    public void Mentions_become_tags_of_whole_words()
    {
        var summary = new RunningText([new("Puts ", MentionKind.None), new("item", MentionKind.Parameter), new(" into ", MentionKind.None), new("List<T>", MentionKind.Type), new("s. ", MentionKind.None), new("null", MentionKind.Keyword), new(" is not taken from ", MentionKind.None), new("other", MentionKind.Parameter), new(".", MentionKind.None)]);
        var member = Member(0, 0, MemberKind.Method) with { Summary = summary, Returns = RunningText.Empty, Params = [] };
        var data = Enumerable.Range(0, 40).Select(seed => MentionData.Build(QuickstartCorpus.From([member], seed))).First(d => d.Train.Count > 0);
        Assert.Equal(
            ["Puts/O item/B-PARAM into/O List/B-TYPE </I-TYPE T/I-TYPE >/I-TYPE s/O ./O", "null/O is/O not/O taken/O from/O other/B-PARAM ./O"],
            data.Train.Select(s => string.Join(' ', s.Words!.Zip(s.Tags!, (w, t) => $"{w}/{data.LabelNames[t]}"))));
        Assert.All(data.Train, s => Assert.Equal(s.Text, string.Join(' ', s.Words!)));
    }

    [Fact]
    public void A_word_that_runs_over_the_end_of_a_mention_belongs_to_it()
    {
        var summary = new RunningText([new("Holds many big ", MentionKind.None), new("String", MentionKind.Type), new("s inside.", MentionKind.None)]);
        var member = Member(0, 0, MemberKind.Method) with { Summary = summary, Returns = RunningText.Empty, Params = [] };
        var sample = Enumerable.Range(0, 40).SelectMany(seed => MentionData.Build(QuickstartCorpus.From([member], seed)).Train).First();
        Assert.Equal(("Strings", 1), (sample.Words![3], sample.Tags![3]));
    }

    [Fact]
    public void The_installed_documentation_gives_every_task_enough()
    {
        var corpus = QuickstartCorpus.Load();
        Assert.True(corpus.Documents(DataSplit.Train).Count > 10_000);
        Disjoint(split => corpus.Members(split).Select(m => m.OuterType));
        Disjoint(split => corpus.Documents(split).Select(d => Words(d.Text)));
        foreach (var task in (string[])["kind", "area", "mentions", "retrieval", "describe"])
        {
            var data = Build(task, corpus);
            var counts = $"{task}: {data.Train.Count} / {data.Validation.Count} / {data.Test.Count}; {string.Join(", ", data.LabelNames.Select((n, i) => $"{n} {data.Train.Count(s => s.Label == i)}/{data.Test.Count(s => s.Label == i)}"))}";
            TestContext.Current.TestOutputHelper?.WriteLine(counts);
            Assert.True(data.Train.Count >= 1_000 && data.Test.Count >= (task == "retrieval" ? 2_000 : 500), counts);
        }
    }

    private static TaskData Build(string task, QuickstartCorpus corpus) => task switch
    {
        "kind" => KindData.Build(corpus),
        "area" => AreaData.Build(corpus),
        "mentions" => MentionData.Build(corpus),
        "retrieval" => RetrievalData.Build(corpus),
        _ => DescribeData.Build(corpus),
    };

    private static void Disjoint(Func<DataSplit, IEnumerable<string>> of)
    {
        var seen = new Dictionary<string, DataSplit>();
        foreach (var split in Enum.GetValues<DataSplit>())
        {
            foreach (var text in of(split))
            {
                if (text != $"{split}")
                {
                    Assert.Equal(split, seen.TryGetValue(text, out var first) ? first : seen[text] = split);
                }
            }
        }
    }

    private static string Words(string text) => string.Join(' ', new string([.. text.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Types with members of all kinds; every fourth text is said by many of them, differing in case and marks only.</summary>
    private static List<DocumentationMember> Made(int types) =>
        Enumerable.Range(0, types).SelectMany(type => Enum.GetValues<MemberKind>().Select(kind => Member(type, type % 4 == 0 ? type % 20 : type, kind))).ToList();

    private static DocumentationMember Member(int type, int said, MemberKind kind)
    {
        var name = $"Acme.Area{type % 5}.Type{type}";
        var own = kind == MemberKind.Type ? name : $"{name}.Member{kind}";
        return new()
        {
            Id = $"{"TMPFE"[(int)kind]}:{own}", Kind = kind, DeclaringType = name, OuterType = name, Namespace = $"Acme.Area{type % 5}", Name = own[(own.LastIndexOf('.') + 1)..], DisplayName = own["Acme.Area0.".Length..],
            Summary = new([new(type % 8 == 0 ? "GETS " : "Gets ", MentionKind.None), new($"item{said}", MentionKind.Parameter), new($" of the {kind} that holds thing number {said}{(type % 3 == 0 ? "!" : ".")}", MentionKind.None)]),
            Returns = Plain($"A thing with the number {said} that came of {kind}."),
        };
    }

    private static RunningText Plain(string text) => new([new(text, MentionKind.None)]);
}
