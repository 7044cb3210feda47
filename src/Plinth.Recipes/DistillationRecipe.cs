using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Models;
using Plinth.Models.Inspection;

namespace Plinth.Recipes;

/// <summary>A larger model of the same task or of the same vocabulary, whose answers are learnt beside the labels.</summary>
public sealed record DistillationRecipe
{
    /// <summary>Folder of the teacher: a checkpoint or an adapter that was adapted to the task already, or in pre-training a checkpoint with the run's tokenizer.</summary>
    public required string Teacher { get; init; }

    /// <summary>Divides the scores of both models; above 1 the small probabilities count more.</summary>
    public double Temperature { get; init; } = 2;

    /// <summary>Share of the teacher's answers in the loss (0 to 1); the labels have the rest.</summary>
    public double Weight { get; init; } = 0.5;

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    internal void Check()
    {
        if (Temperature is not (> 0 and < 1e3) || Weight is not (>= 0 and <= 1))
        {
            throw new RecipeException($"distillation: temperature = {Temperature} must be above 0, and weight = {Weight} 0 to 1.");
        }
    }

    /// <summary>Bytes that the teacher's weights take, from its sizes alone.</summary>
    /// <param name="head">What stands on its backbone.</param>
    /// <exception cref="PlinthException">Its folder cannot be read.</exception>
    internal long WeightBytes(HeadKind head)
    {
        var (family, config) = Checkpoint.ReadConfig(FolderModel.CheckpointOf(Teacher), ModelCatalog.Families, head);
        return ModelInspection.Of(family, config, head).ParameterCount * sizeof(float);
    }

    /// <summary>Loads the teacher of a pre-training run.</summary>
    /// <param name="head">What stands on its backbone.</param>
    /// <param name="tokenizer">The run's own tokenizer, or null where there is none.</param>
    /// <exception cref="PlinthException">It cannot be loaded, or its tokenizer is another.</exception>
    internal FolderModel Load(HeadKind head, Tokenizer? tokenizer)
    {
        var loaded = FolderModel.Load(Teacher, head);
        try
        {
            if (tokenizer is not null)
            {
                CheckTokens(tokenizer, loaded.Tokenizer);
            }

            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    // Vocabularies of one size may still mean other tokens by the same ids, of which the student would learn nonsense without a word.
    private void CheckTokens(Tokenizer own, Tokenizer other)
    {
        for (var id = 0; id < Math.Max(own.VocabularySize, other.VocabularySize); id++)
        {
            if (own.TokenOf(id) != other.TokenOf(id))
            {
                throw new RecipeException($"distillation: id {id} is '{other.TokenOf(id) ?? "nothing"}' to the teacher and '{own.TokenOf(id) ?? "nothing"}' to this run. Take the teacher's tokenizer: tokenizer.path={Teacher}.");
            }
        }
    }
}
