using Plinth.Core;
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

    /// <summary>Answers items in batches of like length as one <see cref="EvaluationJob"/>.</summary>
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
        using var job = new EvaluationJob(model, items.Sum(item => (long)length(item)));
        return job.Map(items, length, batchSize, answer, cancellation);
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
