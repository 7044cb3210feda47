using Plinth.Core;
using Plinth.Layers.Losses;
using Plinth.Objectives;
using Plinth.Objectives.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>The mean loss that the reference's class computes from its labels.</summary>
internal static class LossCase
{
    /// <summary>The loss as a scalar that gradients flow through.</summary>
    public static Tensor MeanTensor(Model model, Batch batch)
    {
        // These need no labels: the pixels are the targets, and each text's own picture is.
        if (model.HeadKind is HeadKind.MaskedImageModeling or HeadKind.Contrastive)
        {
            return Mean(batch, model.HeadKind == HeadKind.Contrastive ? new ImageTextContrastive(model) : new MaskedAutoencoding(model));
        }

        var labels = batch.Labels ?? throw new CheckpointException("The case has a loss and no labels.");
        switch (model.HeadKind)
        {
            case HeadKind.CausalLanguageModeling:
                return Mean(new CausalLanguageModeling(model).Prepare(batch with { Labels = ShiftLeft(labels) }, new Random(0)), new CausalLanguageModeling(model));
            case HeadKind.SequenceToSequence:
                return Mean(new SequenceToSequenceModeling(model).Prepare(batch, new Random(0)), new SequenceToSequenceModeling(model));
            case HeadKind.MaskedLanguageModeling:
                return Mean(batch with { Labels = VocabularyLoss.Targets(labels) }, new MaskedLanguageModeling(model, NoRoles(model)));
            case HeadKind.Pretraining:
                return Mean(batch with { Labels = VocabularyLoss.Targets(labels) }, new BertPretraining(model, NoRoles(model)));
            case HeadKind.QuestionAnswering:
                var spans = model.Logits(batch);                                                // [batch, seq, 2]
                return (ClassLosses.CrossEntropy(spans.select(-1, 0), labels.select(-1, 0)).Mean
                    + ClassLosses.CrossEntropy(spans.select(-1, 1), labels.select(-1, 1)).Mean) / 2;
            case HeadKind.TokenClassification:
                var tags = model.Logits(batch);
                return ClassLosses.CrossEntropy(tags.reshape(-1, tags.size(-1)), labels.flatten()).Mean;
            case HeadKind.SequenceClassification or HeadKind.ImageClassification:
                return SequenceLoss(model.Logits(batch), labels, model.Config.ProblemType);
            default:
                throw new CheckpointException($"The loss of {model.HeadKind} is not supported.");
        }
    }

    /// <summary>The loss as a number.</summary>
    public static double Mean(Model model, Batch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return MeanTensor(model, batch).to(ScalarType.Float64).ToDouble();
    }

    // The reference decides by problem_type, else by the number of classes and the kind of labels.
    private static Tensor SequenceLoss(Tensor logits, Tensor labels, string? problem) =>
        problem == "regression" || (problem is null && logits.size(-1) == 1) ? RegressionLosses.Squared(logits.view(labels.shape), labels).Mean
        : problem == "multi_label_classification" || (problem is null && labels.is_floating_point()) ? ClassLosses.Binary(logits, labels).Mean
        : ClassLosses.CrossEntropy(logits, labels).Mean;

    private static Tensor Mean(Batch batch, Objective objective)
    {
        var counts = objective.CountTargets(batch);
        return objective.Compute(batch).Select((term, i) => term.Sum * (term.Weight / counts[i])).Aggregate((a, b) => a + b);
    }

    private static Tensor ShiftLeft(Tensor labels) =>
        cat([labels.narrow(1, 1, labels.size(1) - 1), full([labels.size(0), 1], Batch.IgnoredLabel, ScalarType.Int64)], 1);

    // The positions are given by the case, so nothing is hidden by chance and the roles do not matter.
    private static TokenRoles NoRoles(Model model) => new(model.Config.VocabSize, 0, new HashSet<int>());
}
