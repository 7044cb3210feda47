using Plinth.Core;
using Plinth.Data.Batching;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>What tasks on samples of any modality share: a model, and answering in batches of similar length.</summary>
/// <typeparam name="TSample">What it answers.</typeparam>
public abstract class SampleTask<TSample> : ModelTask where TSample : Sample
{
    private readonly Model model;
    private readonly TaskOptions options;

    /// <param name="name">Name of the task, as in its catalog.</param>
    /// <param name="model">The model that learns and answers.</param>
    /// <param name="options">Batches, and what learns.</param>
    /// <param name="head">The head that the task needs, or null for any.</param>
    /// <exception cref="PlinthException">The model has another head, or nothing in it would learn.</exception>
    protected SampleTask(string name, Model model, TaskOptions options, HeadKind? head)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (head is { } needed && model.HeadKind != needed)
        {
            throw new PlinthException($"The task '{name}' needs a head for {needed}, and this '{model.Family.ModelType}' has {model.HeadKind}. Build the model with that head.");
        }

        (this.model, this.options) = (model, options);
        RegisterComponents();
        if (options.FreezeBackbone)
        {
            Freeze();
        }
    }

    /// <inheritdoc />
    public sealed override Model Model => model;

    /// <summary>About how many elements (tokens, patches) the model computes for a sample; it only decides what is worth preparing.</summary>
    protected abstract long ElementsOf(TSample sample);

    /// <inheritdoc />
    public sealed override Batch Collate(IReadOnlyList<Sample> samples) => CollateSamples(Cast(samples));

    /// <summary>Makes a batch of samples, labels included when the samples have them.</summary>
    protected abstract Batch CollateSamples(IReadOnlyList<TSample> samples);

    /// <inheritdoc />
    public sealed override IReadOnlyList<Answer> Answer(IReadOnlyList<Sample> samples) => Quietly(Cast(samples), AnswerBatch);

    /// <summary>Answers a few samples, in their order. Labels are not looked at.</summary>
    protected abstract IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TSample> samples);

    /// <summary>Answers any number of samples in batches of like length, without gradients and in evaluation mode.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="answer">Answers the samples of one batch, in their order.</param>
    /// <returns>The answers in the order of the samples.</returns>
    protected IReadOnlyList<T> Quietly<T>(IReadOnlyList<TSample> samples, Func<IReadOnlyList<TSample>, IReadOnlyList<T>> answer)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(answer);
        var isTraining = model.training;
        model.eval();
        try
        {
            // Not inference_mode: what a layer may keep for later passes has to stay usable in training.
            using var quiet = no_grad();
            using var packed = PackedWeights.For(model, samples.Sum(ElementsOf));
            return LengthBatches.Map(samples, SampleBatches.LengthOf, options.AnswerBatchSize, batch =>
            {
                using var scope = NewDisposeScope();
                return answer(batch);
            });
        }
        finally
        {
            model.train(isTraining);
        }
    }

    /// <inheritdoc />
    public sealed override IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        var cast = Cast(samples);
        ArgumentNullException.ThrowIfNull(answers);
        return answers.Count == cast.Count
            ? ScoreSamples(cast, answers)
            : throw new ArgumentException($"There are {answers.Count} answers to {cast.Count} samples.", nameof(answers));
    }

    /// <summary>Compares answers with the labels of samples.</summary>
    protected abstract IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TSample> samples, IReadOnlyList<Answer> answers);

    /// <summary>Takes a label from all samples, or from none.</summary>
    /// <exception cref="BadInputException">Only some have one.</exception>
    protected static IReadOnlyList<T>? All<T>(IReadOnlyList<TSample> samples, string field, Func<TSample, T?> label) where T : struct => SampleLabels.All(samples, field, label);

    /// <summary>The error for a sample without what the task needs.</summary>
    protected static BadInputException Lacks(int number, string field) => SampleLabels.Lacks(number, field);

    private static IReadOnlyList<TSample> Cast(IReadOnlyList<Sample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return [.. samples.Select(sample => sample as TSample
            ?? throw new BadInputException($"This task takes a {typeof(TSample).Name}, not a {sample?.GetType().Name ?? "null"}. Choose another data set."))];
    }

    private void Freeze()
    {
        model.FreezeBackbone();
        if (!model.parameters().Any(p => p.requires_grad))
        {
            throw new PlinthException($"With freeze_backbone nothing of this model would learn: its head ({model.HeadKind}) has no weights of its own.");
        }
    }
}
