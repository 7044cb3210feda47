using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes;

/// <summary>The tokenizer of a recipe: one that exists, or one that is trained on the data.</summary>
public static class TokenizerSource
{
    /// <summary>Loads or trains it. A trained one is saved, so that a run that goes on finds it again.</summary>
    public static Tokenizer Get(
        TokenizerRecipe recipe, ModelFamily family, IEnumerable<string> documents, string keptIn, IProgress<double>? progress, CancellationToken cancellation)
    {
        if (recipe.Path is { } path)
        {
            return TokenizerFiles.Load(path);
        }

        if (Directory.Exists(keptIn))
        {
            return TokenizerFiles.Load(keptIn);
        }

        var trained = Train(recipe.Kind ?? (Writes(family) ? TokenizerKind.ByteLevelBpe : TokenizerKind.WordPiece), recipe, documents, progress, cancellation);
        Directory.CreateDirectory(keptIn);
        trained.Save(keptIn);
        return trained;
    }

    /// <summary>Trains a tokenizer.</summary>
    public static Tokenizer Train(
        TokenizerKind kind, TokenizerRecipe recipe, IEnumerable<string> documents, IProgress<double>? progress, CancellationToken cancellation) => kind switch
        {
            TokenizerKind.ByteLevelBpe => ByteLevelBpeTrainer.Train(
                documents, new() { VocabularySize = recipe.VocabularySize, AcrossWords = recipe.AcrossWords }, progress, cancellation),
            TokenizerKind.WordPiece => WordPieceTrainer.Train(
                documents, new() { VocabularySize = recipe.VocabularySize, Lowercase = recipe.Lowercase }, progress, cancellation),
            TokenizerKind.Character => CharacterTokenizer.Train(documents, cancellation: cancellation),
            _ => throw new RecipeException($"There is no tokenizer kind '{kind}'."),
        };

    // What is written should come out as it would be typed, which word pieces do not give back.
    private static bool Writes(ModelFamily family) => family.IsCausal || family.Architectures.ContainsKey(HeadKind.SequenceToSequence);
}
