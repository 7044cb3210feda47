using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes.Quickstart;

namespace Plinth.Recipes;

/// <summary>Unlabeled documents, parted into what is learnt from and what is held out.</summary>
/// <param name="Training">Documents to learn from.</param>
/// <param name="Validation">Documents held out; a document is in one part only.</param>
public sealed record CorpusSplit(IReadOnlyList<string> Training, IReadOnlyList<string> Validation)
{
    /// <summary>Name in a recipe of the documentation inside the installed .NET SDK.</summary>
    public const string DotnetDocumentation = "dotnet-docs";

    /// <summary>Reads the text of a recipe.</summary>
    /// <exception cref="BadInputException">Nothing is there, or a file is malformed.</exception>
    public static CorpusSplit Read(CorpusRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();

        if (recipe.Path == DotnetDocumentation)
        {
            var corpus = QuickstartCorpus.Load();
            IReadOnlyList<string> Texts(DataSplit split) => [.. corpus.Documents(split).Select(document => document.Text)];
            return new(Texts(DataSplit.Train), Texts(DataSplit.Validation));
        }

        List<string> From(string path) => [.. CorpusFiles.Open(path, new() { Unit = recipe.Unit }).Select(document => document.Text)];
        var documents = From(recipe.Path);
        if (recipe.Validation is { } heldOut)
        {
            return new(documents, From(heldOut));
        }

        return documents.Count == 1 ? CutAtEnd(documents[0], recipe.ValidationShare) : ByHash(documents, recipe.ValidationShare);
    }

    // One long text, such as a book: its end is what a model has not seen yet.
    private static CorpusSplit CutAtEnd(string text, double share)
    {
        var cut = (int)(text.Length * (1 - share));
        return new([text[..cut]], cut < text.Length ? [text[cut..]] : []);
    }

    // By the text itself, so that a copy never lands on the other side and order does not matter.
    private static CorpusSplit ByHash(List<string> documents, double share)
    {
        List<string> training = [], validation = [];
        foreach (var document in documents)
        {
            (StableHash.Of(document, 0) % 10_000 < (ulong)(share * 10_000) ? validation : training).Add(document);
        }

        return training.Count > 0 ? new(training, validation) : new(validation, training);
    }
}
