using Plinth.Core;
using Plinth.Data.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>
/// One pass through a model that learns nothing: no gradients, no dropout, and no tensor left behind. It must not outlive
/// the call that made it, for torch keeps these states per thread and a caller's code may run between two tokens.
/// </summary>
internal sealed class EvaluationPass : IDisposable
{
    private readonly nn.Module model;
    private readonly bool wasTraining;
    private readonly IDisposable noGrad;
    private readonly DisposeScope scope;

    public EvaluationPass(nn.Module model)
    {
        this.model = model;
        wasTraining = model.training;
        if (wasTraining)
        {
            model.eval();
        }

        noGrad = no_grad();
        scope = NewDisposeScope();
    }

    /// <summary>
    /// Answers items in batches of like length, a long job on the processor in lanes. The whole job has one mode of the model and one packed
    /// copy of its weights; each batch has a pass of its own, on whichever thread computes it.
    /// </summary>
    /// <param name="model">The model; nobody else uses it meanwhile.</param>
    /// <param name="items">Any number.</param>
    /// <param name="length">Tokens or patches of an item.</param>
    /// <param name="batchSize">Items of a batch, at most.</param>
    /// <param name="answer">Answers the items of one batch, in their order, at once with others.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <returns>The answers in the order of the items.</returns>
    public static T[] Map<TItem, T>(
        Model model, IReadOnlyList<TItem> items, Func<TItem, int> length, int batchSize, Func<IReadOnlyList<TItem>, IReadOnlyList<T>> answer, CancellationToken cancellation)
    {
        using var whole = new EvaluationPass(model);
        using var packed = PackedWeights.For(model, items.Sum(item => (long)length(item)));
        return model.Device.type == DeviceType.CPU
            ? LengthBatches.MapInLanes(items, length, batchSize, Answer, cancellation)
            : LengthBatches.Map(items, length, batchSize, Answer, cancellation);

        IReadOnlyList<T> Answer(IReadOnlyList<TItem> batch)
        {
            using var pass = new EvaluationPass(model);
            return answer(batch);
        }
    }

    public void Dispose()
    {
        scope.Dispose();
        noGrad.Dispose();
        if (wasTraining)
        {
            model.train();
        }
    }
}
