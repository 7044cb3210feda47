using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes.Quickstart;

namespace Plinth.Recipes;

/// <summary>One source of unlabeled documents, parted into what is learnt from and what is held out.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Training">Documents to learn from, read anew each time.</param>
/// <param name="Validation">Documents held out, read anew each time; a document is in one part only.</param>
public sealed record CorpusSource(string Name, IEnumerable<Document> Training, IEnumerable<Document> Validation)
{
    /// <summary>Its share of a mixture in proportion to the other weights, or null to go by its size.</summary>
    public double? Weight { get; init; }

    /// <summary>The files that it is read from, first those to learn from; empty where it is in memory.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];
}

/// <summary>Unlabeled documents, parted into what is learnt from and what is held out. Files are read anew for each pass, so that no corpus has to fit into memory.</summary>
public sealed class CorpusSplit
{
    /// <summary>Name in a recipe of the documentation inside the installed .NET SDK.</summary>
    public const string DotnetDocumentation = "dotnet-docs";

    private const string InMemory = "memory";

    /// <param name="sources">Where documents come from; one, or several to mix.</param>
    public CorpusSplit(IReadOnlyList<CorpusSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count, nameof(sources));
        Sources = sources;
    }

    /// <param name="training">Documents to learn from.</param>
    /// <param name="validation">Documents held out.</param>
    public CorpusSplit(IReadOnlyList<string> training, IReadOnlyList<string> validation)
        : this([new(InMemory, Documents(training), Documents(validation))])
    {
    }

    /// <summary>Where documents come from.</summary>
    public IReadOnlyList<CorpusSource> Sources { get; }

    /// <summary>Texts to learn from, of all sources one after the other.</summary>
    public IEnumerable<string> Training => Sources.SelectMany(source => source.Training).Select(document => document.Text);

    /// <summary>Texts held out, of all sources one after the other.</summary>
    public IEnumerable<string> Validation => Sources.SelectMany(source => source.Validation).Select(document => document.Text);

    /// <summary>Opens the text of a recipe; of files only the beginning is read, to see how they are parted.</summary>
    /// <exception cref="BadInputException">Nothing is there, or a file is malformed at its beginning. Further on it is found when documents are read.</exception>
    /// <exception cref="RecipeException">The recipe contradicts itself.</exception>
    public static CorpusSplit Read(CorpusRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        if (recipe.Path == DotnetDocumentation)
        {
            var corpus = QuickstartCorpus.Load();
            return new([new(DotnetDocumentation, corpus.Documents(DataSplit.Train), corpus.Documents(DataSplit.Validation))]);
        }

        if (recipe.Path is { } path)
        {
            return new([Source(new() { Path = path }, recipe, recipe.Validation)]);
        }

        // One file that is held out serves all sources, and is a part of none.
        List<CorpusSource> sources = [.. recipe.Sources.Select(source => Source(source, recipe.Validation is null ? recipe : recipe with { ValidationShare = 0 }, null))];
        if (recipe.Validation is { } heldOut)
        {
            sources[0] = sources[0] with { Validation = Open(heldOut, recipe), Paths = [.. sources[0].Paths, heldOut] };
        }

        return new(sources);
    }

    private static CorpusSource Source(CorpusSourceRecipe source, CorpusRecipe recipe, string? heldOut)
    {
        var documents = Open(source.Path, recipe);
        var split = new DocumentSplit(documents, recipe.ValidationShare);
        return heldOut is null
            ? new(source.ShownName, split.Training, split.Validation) { Weight = source.Weight, Paths = [source.Path] }
            : new(source.ShownName, documents, Open(heldOut, recipe)) { Weight = source.Weight, Paths = [source.Path, heldOut] };
    }

    private static IEnumerable<Document> Open(string path, CorpusRecipe recipe)
    {
        var documents = CorpusFiles.Open(path, recipe.Reading());
        // What is not there is said before anything is made of it.
        _ = documents.Any();
        return documents;
    }

    private static IEnumerable<Document> Documents(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return texts.Select((text, i) => new Document(text, $"{InMemory}:{i + 1}"));
    }
}
