using Plinth.Core;
using Plinth.Data.Batching;
using TorchSharp;

namespace Plinth.Inference;

/// <summary>
/// A job of many batches, a long one on the processor in lanes. The whole has one mode of the model and one packed copy of its weights;
/// each batch has a pass of its own, on whichever thread computes it. Nobody else uses the model until its end.
/// </summary>
internal sealed class EvaluationJob : IDisposable
{
    private readonly Model model;
    private readonly EvaluationPass whole;
    private readonly PackedWeights packed;
    private bool isSetUp;

    /// <param name="model">The model.</param>
    /// <param name="positions">Tokens or patches that the job computes.</param>
    public EvaluationJob(Model model, long positions)
    {
        this.model = model;
        whole = new(model);
        try
        {
            packed = PackedWeights.For(model, positions);
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <summary>Answers items in batches of like length. May be asked again, with the items that come next.</summary>
    /// <param name="items">Any number.</param>
    /// <param name="length">Tokens or patches of an item.</param>
    /// <param name="batchSize">Items of a batch, at most.</param>
    /// <param name="answer">Answers the items of one batch, in their order, at once with others.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <returns>The answers in the order of the items.</returns>
    public T[] Map<TItem, T>(
        IReadOnlyList<TItem> items, Func<TItem, int> length, int batchSize, Func<IReadOnlyList<TItem>, IReadOnlyList<T>> answer, CancellationToken cancellation)
    {
        var answers = model.Device.type == DeviceType.CPU
            ? LengthBatches.MapInLanes(items, length, batchSize, Answer, isSetUp, cancellation)
            : LengthBatches.Map(items, length, batchSize, Answer, cancellation);
        isSetUp |= items.Count > 0;
        return answers;

        IReadOnlyList<T> Answer(IReadOnlyList<TItem> batch)
        {
            using var pass = new EvaluationPass(model);
            return answer(batch);
        }
    }

    public void Dispose()
    {
        packed.Dispose();
        whole.Dispose();
    }
}
