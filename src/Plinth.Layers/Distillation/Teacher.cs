using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Distillation;

/// <summary>A model whose answers another one learns (Hinton et al. 2015, arXiv:1503.02531).</summary>
/// <param name="model">The model; it is not changed.</param>
/// <param name="temperature">Divides the scores of both; above 1 the small probabilities count more.</param>
/// <param name="weight">Share of the teacher's answers in the loss (0 to 1); the labels have the rest.</param>
public sealed class Teacher(Model model, double temperature, double weight)
{
    /// <summary>The model.</summary>
    public Model Model => model;

    /// <summary>Joins the loss of the labels with that of the teacher's answers.</summary>
    /// <param name="labels">The loss of the labels.</param>
    /// <param name="answers">The summed loss of the answers; a scalar.</param>
    public IReadOnlyList<LossTerm> Join(LossTerm labels, Tensor answers)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return [labels with { Weight = labels.Weight * (1 - weight) }, new("distillation", answers, weight) { IsLikelihood = false }];
    }

    /// <summary>
    /// Joins the loss of the labels with that of the teacher's distribution over the vocabulary at the same targets. The logits of both models are computed in the
    /// pieces of <see cref="VocabularyLoss"/>, so that not even the teacher's exist as a whole.
    /// </summary>
    /// <param name="labels">The loss of the labels.</param>
    /// <param name="student">The model that learns.</param>
    /// <param name="hidden">Output of its backbone; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="batch">What it was given, with labels as <see cref="VocabularyLoss.Targets"/> makes them.</param>
    /// <param name="peak">Logits of one model that may exist at one time; null for what is fast and small.</param>
    public IReadOnlyList<LossTerm> JoinTokens(LossTerm labels, Model student, Tensor hidden, Batch batch, long? peak = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(batch);
        var seen = Ask(hidden.device, other => VocabularyLoss.Gather(other.Backbone.Run(batch).Hidden, batch.Labels!));
        return Join(labels, VocabularyLoss.Compared(
            student, hidden, batch.Labels!,
            (logits, start) => Loss(logits, Ask(hidden.device, other => VocabularyLoss.HeadOf(other).Project(seen.narrow(0, start, logits.size(0)), other.Backbone))),
            peak));
    }

    /// <summary>The loss of its answers, summed; a scalar.</summary>
    /// <param name="logits">The student's; <c>[target, class]</c>.</param>
    /// <param name="answers">The teacher's; <c>[target, class]</c>.</param>
    public Tensor Loss(Tensor logits, Tensor answers)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(answers);
        return DistillationLosses.Distillation(logits.to(ScalarType.Float32), answers.to(ScalarType.Float32), temperature).Sum;
    }

    /// <summary>Refuses a teacher whose tokens are not the student's.</summary>
    /// <param name="student">The model that learns.</param>
    /// <exception cref="RecipeException">Its vocabulary has another size.</exception>
    public void CheckVocabulary(Model student)
    {
        ArgumentNullException.ThrowIfNull(student);
        if (model.Config.VocabSize != student.Config.VocabSize)
        {
            throw new RecipeException($"The teacher has a vocabulary of {model.Config.VocabSize:N0} and the model one of {student.Config.VocabSize:N0}. Choose a teacher with the same tokenizer, or give the model the teacher's.");
        }
    }

    /// <summary>Computes something with the teacher, without gradients, where the student is.</summary>
    /// <param name="device">The student's device.</param>
    /// <param name="compute">What is computed.</param>
    public Tensor Ask(Device device, Func<Model, Tensor> compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (model.Device != device)
        {
            model.to(device);
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return compute(model).MoveToOuterDisposeScope();
    }
}

/// <summary>An objective that can learn from a teacher's answers beside its labels.</summary>
public interface IDistillable
{
    /// <summary>Refuses a teacher whose answers are about something else.</summary>
    /// <exception cref="PlinthException">Its classes or its vocabulary are others.</exception>
    void Check(Teacher teacher);

    /// <summary>The losses of the labels and of the teacher's answers, in one pass of the model.</summary>
    /// <param name="batch">A prepared batch on the model's device.</param>
    /// <param name="teacher">The teacher.</param>
    IReadOnlyList<LossTerm> Compute(Batch batch, Teacher teacher);
}
