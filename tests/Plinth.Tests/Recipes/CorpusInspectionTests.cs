using Plinth.Core;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Inspection;

namespace Plinth.Tests.Recipes;

/// <summary>What is shown of a text before it is trained on.</summary>
public sealed class CorpusInspectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Hidden_tokens_are_shown_with_what_is_given_and_what_is_asked()
    {
        using var corpus = Of();
        var batch = corpus.Batch(0);
        var roles = corpus.Tokenizer;
        var asked = batch.Sequences.SelectMany(sequence => sequence.Tokens).Where(token => token.Target is not null).ToList();
        Assert.Equal(batch.TargetCount, asked.Count);
        Assert.Contains(asked, token => token.Id == roles.MaskId);
        Assert.All(asked, token => Assert.DoesNotContain(token.Target!.Value, roles.SpecialIds));
        Assert.All(batch.Sequences, sequence => Assert.Equal(roles.ClassId, sequence.Tokens[0].Id));
        Assert.Equal(corpus.Batch(0).Sequences.SelectMany(sequence => sequence.Tokens), batch.Sequences.SelectMany(sequence => sequence.Tokens));
    }

    [Fact]
    public void Each_token_of_a_stream_but_the_first_is_asked_for_where_it_stands()
    {
        using var corpus = Of("model.family=gpt2", "objective.type=causal_lm", "tokenizer.kind=byte_level_bpe", "data.validation_share=0");
        foreach (var sequence in corpus.Batch(0).Sequences)
        {
            var real = sequence.Tokens.Where(token => !token.IsPadding).ToList();
            Assert.Null(real[0].Target);
            Assert.All(real.Skip(1), token => Assert.NotNull(token.Target));
            Assert.All(real.Skip(1).SkipLast(1), token => Assert.Equal(token.Id, token.Target));
            Assert.Null(real[^1].Id);
        }

        var packing = corpus.Packing();
        Assert.InRange(packing.PaddingShare, 0, 0.2);
        Assert.True(packing.DocumentsPerSequence > 1);
    }

    [Fact]
    public void Numbers_of_a_source_are_those_of_its_documents()
    {
        File.WriteAllLines(folder.Path("lines.txt"), Enumerable.Range(1, 100).Select(i => string.Join(' ', Enumerable.Repeat("aa", i))));
        using var corpus = Of($"data.path={folder.Path("lines.txt")}", "data.unit=line", "data.validation_share=0");
        var source = Assert.Single(corpus.Sources(TestContext.Current.CancellationToken));
        Assert.Equal((100, 5050, 0), (source.Documents, source.Tokens, source.Unknown));
        Assert.Equal(5050 * 3 - 100, source.Bytes);
        Assert.Equal([1, 10, 50, 90, 99, 100], source.Lengths);
        var (_, store) = corpus.Stores.Single();
        Assert.Equal($"{folder.Path("lines.txt")}:3", store.SourceOf(store.DocumentOf(3))!.Place);
        Assert.Equal(1, corpus.Packing().DocumentsPerSequence);
    }

    [Fact]
    public void Sequences_of_a_mixture_name_their_source()
    {
        File.WriteAllLines(folder.Path("one.txt"), Enumerable.Range(0, 50).Select(i => $"one {i}"));
        File.WriteAllLines(folder.Path("two.txt"), Enumerable.Range(0, 50).Select(i => $"two {i}"));
        using var corpus = CorpusInspection.Of(
            Smoke() with { Data = new() { Sources = [new() { Path = folder.Path("one.txt"), Weight = 3 }, new() { Path = folder.Path("two.txt"), Weight = 1 }], Unit = Plinth.Data.Text.TextUnit.Line } },
            TestContext.Current.CancellationToken);
        var packing = corpus.Packing();
        Assert.InRange((double)packing.SamplesOf["one"] / packing.Sequences, 0.7, 0.8);
        Assert.All(corpus.Batch(0).Sequences, sequence => Assert.Contains(sequence.Source, (string[])["one", "two"]));
    }

    [Fact]
    public void Pictures_are_refused() => Assert.Throws<RecipeException>(() => CorpusInspection.Of(
        new() { Name = "pictures", Model = new() { Family = "vit" }, Data = new() { Path = "drawn-scenes#train" } }, TestContext.Current.CancellationToken));

    private CorpusInspection Of(params string[] overrides) => CorpusInspection.Of(Smoke(overrides), TestContext.Current.CancellationToken);

    private PretrainingRecipe Smoke(params string[] overrides) => RecipeReader.Read<PretrainingRecipe>(
        Path.Combine(Fixtures.Root, "recipes", "text", "smoke-bert.yaml"),
        [$"folder={folder.Path("run")}", $"data.path={Path.Combine(Fixtures.Root, "recipes", "text", "smoke.csv")}", .. overrides]);
}
