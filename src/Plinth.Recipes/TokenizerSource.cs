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

        var trained = Train(recipe.Kind ?? (Writes(family) ? TokenizerKind.ByteLevelBpe : TokenizerKind.WordPiece), recipe, documents, progress, cancellation, EndsTexts(family));
        Directory.CreateDirectory(keptIn);
        trained.Save(keptIn);
        return trained;
    }

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="kind">What to train.</param>
    /// <param name="recipe">Its sizes.</param>
    /// <param name="documents">Texts to learn from.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="endsTexts">Whether byte-level BPE puts its end token behind texts; word pieces have a separator there anyway.</param>
    public static Tokenizer Train(
        TokenizerKind kind, TokenizerRecipe recipe, IEnumerable<string> documents, IProgress<double>? progress, CancellationToken cancellation, bool endsTexts = false)
    {
        if (recipe.AcrossWords && kind != TokenizerKind.ByteLevelBpe)
        {
            throw new RecipeException($"across_words is for {TokenizerKind.ByteLevelBpe}; a tokenizer of the kind {kind} has no tokens of several words.");
        }

        if (recipe.ByteFallback && kind is not (TokenizerKind.Unigram or TokenizerKind.Bpe))
        {
            throw new RecipeException($"byte_fallback is for {TokenizerKind.Unigram} and {TokenizerKind.Bpe}; {TokenizerKind.ByteLevelBpe} writes everything in bytes anyway, and {kind} does not know them.");
        }

        if (recipe.CharacterCoverage is not null && kind != TokenizerKind.Bpe)
        {
            throw new RecipeException($"character_coverage is for {TokenizerKind.Bpe}; a tokenizer of the kind {kind} chooses its characters otherwise. Leave it out, or train a {TokenizerKind.Bpe}.");
        }

        // The last one of byte-level BPE ends texts, so what is added stands before it.
        IReadOnlyList<string> Special(IReadOnlyList<string> usual) => [.. usual.SkipLast(1), .. recipe.Special, usual[^1]];
        var options = new TokenizerTrainingOptions
        {
            VocabularySize = recipe.VocabularySize, Lowercase = recipe.Lowercase, AcrossWords = recipe.AcrossWords, EndsTexts = endsTexts, FallsBackToBytes = recipe.ByteFallback,
        };
        options = recipe.CharacterCoverage is { } coverage ? options with { CharacterCoverage = coverage } : options;
        return kind switch
        {
            TokenizerKind.ByteLevelBpe => ByteLevelBpeTrainer.Train(documents, options with { SpecialTokens = Special(ByteLevelBpeTrainer.UsualTokens) }, progress, cancellation),
            // Llama's own tokens keep its ids.
            TokenizerKind.Bpe => BpeTrainer.Train(documents, options with { SpecialTokens = [.. BpeTrainer.UsualTokens, .. recipe.Special] }, progress, cancellation),
            TokenizerKind.WordPiece => WordPieceTrainer.Train(documents, options with { SpecialTokens = Special(WordPieceTrainer.UsualTokens) }, progress, cancellation),
            TokenizerKind.Unigram => UnigramTrainer.Train(documents, options with { SpecialTokens = Special(UnigramTrainer.UsualTokens) }, progress, cancellation),
            TokenizerKind.Character => CharacterTokenizer.Train(documents, Special(ByteLevelBpeTrainer.UsualTokens), cancellation: cancellation),
            _ => throw new RecipeException($"There is no tokenizer kind '{kind}'."),
        };
    }

    // Where texts meet pictures in one space, a text is read off at its end.
    private static bool EndsTexts(ModelFamily family) => family.Modality.HasFlag(Modality.Image) && !family.IsCausal;

    // What is written should come out as it would be typed, which word pieces do not give back.
    private static bool Writes(ModelFamily family) => family.IsCausal || family.Architectures.ContainsKey(HeadKind.SequenceToSequence);
}
