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
