using Plinth.Core;
using Plinth.Recipes;

namespace Plinth.Tests.Recipes;

/// <summary>Documents that are parted while they are read.</summary>
public sealed class CorpusSplitTests : IDisposable
{
    private static readonly string[] Lines = [.. Enumerable.Range(0, 300).Select(i => $"Line {i % 280} says something.")];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Documents_keep_their_order_and_a_copy_stays_on_its_side()
    {
        var split = Split(Lines, 0.2);
        Assert.Equal(Lines.Length, split.Training.Count() + split.Validation.Count());
        Assert.Empty(split.Training.Intersect(split.Validation));
        Assert.InRange(split.Validation.Count(), 30, 90);
        var held = split.Validation.ToHashSet();
        Assert.Equal(Lines.Where(line => !held.Contains(line)), split.Training);
    }

    // FNV-1a with MurmurHash3's finaliser, computed in Python: a run of years ago must find its held-out texts again.
    [Fact]
    public void The_side_of_a_text_is_fixed() =>
        Assert.Equal(["alpha", "gamma", "theta"], Split(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"], 0.5).Validation);

    [Fact]
    public void One_long_text_is_cut_at_its_end()
    {
        File.WriteAllText(folder.Path("book.txt"), "0123456789");
        var split = CorpusSplit.Read(new() { Path = folder.Path("book.txt"), ValidationShare = 0.2 });
        Assert.Equal("01234567", Assert.Single(split.Training));
        Assert.Equal("89", Assert.Single(split.Validation));
        Assert.Empty(CorpusSplit.Read(new() { Path = folder.Path("book.txt"), ValidationShare = 0 }).Validation);
    }

    [Fact]
    public void Where_all_would_be_held_out_all_are_learnt_from()
    {
        var held = Split(Lines, 0.2).Validation.Take(2).ToArray();
        var split = Split(held, 0.2);
        Assert.Equal(held, split.Training);
        Assert.Empty(split.Validation);
    }

    [Fact]
    public void Each_source_of_a_mixture_is_parted_alike()
    {
        var (whole, first) = (Split(Lines, 0.2), Lines[..100]);
        File.WriteAllLines(folder.Path("first.txt"), first);
        File.WriteAllLines(folder.Path("second.txt"), Lines[100..]);
        CorpusRecipe recipe = new() { Sources = [new() { Path = folder.Path("first.txt") }, new() { Path = folder.Path("second.txt"), Name = "two" }], ValidationShare = 0.2, Unit = Plinth.Data.Text.TextUnit.Line };
        var mixed = CorpusSplit.Read(recipe);
        Assert.Equal(["first", "two"], mixed.Sources.Select(source => source.Name));
        Assert.Equal(whole.Training, mixed.Training);
        Assert.Equal(whole.Validation, mixed.Validation);

        var given = CorpusSplit.Read(recipe with { Validation = folder.Path("first.txt") });
        Assert.Equal(Lines, given.Training);
        Assert.Equal(first, given.Validation);
    }

    [Fact]
    public void A_recipe_that_contradicts_itself_is_refused_with_what_to_do()
    {
        CorpusSourceRecipe one = new() { Path = "a.txt", Weight = 1 }, other = new() { Path = "b.txt", Weight = 2 };
        foreach (var (recipe, named) in (IEnumerable<(CorpusRecipe, string)>)
        [
            (new(), "'path' nor 'sources'"),
            (new() { Path = "a.txt", Sources = [one] }, "both"),
            (new() { Sources = [one, other with { Weight = null }] }, "some have none"),
            (new() { Sources = [one, other with { Weight = 0 }] }, "weight of b"),
            (new() { Sources = [one, one] }, "called 'a'"),
            (new() { Sources = [one], Temperature = 0 }, "temperature"),
            (new() { Path = "a.txt", ValidationShare = 1 }, "validation_share"),
        ])
        {
            Assert.Contains(named, Assert.Throws<RecipeException>(() => CorpusSplit.Read(recipe)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<BadInputException>(() => CorpusSplit.Read(new() { Path = folder.Path("nothing.txt") }));
    }

    private CorpusSplit Split(string[] lines, double share)
    {
        File.WriteAllLines(folder.Path("lines.txt"), lines);
        return CorpusSplit.Read(new() { Path = folder.Path("lines.txt"), ValidationShare = share, Unit = Plinth.Data.Text.TextUnit.Line });
    }
}
