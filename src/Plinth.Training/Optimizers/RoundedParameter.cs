using Plinth.Core.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>A parameter that computes in bfloat16 while its float32 numbers are kept beside it.</summary>
internal sealed class RoundedParameter : IDisposable
{
    private readonly Parameter parameter;
    private readonly Tensor rounded;
    private bool isLent;

    /// <param name="parameter">The parameter; it has the rounded numbers until <see cref="Dispose"/>.</param>
    /// <param name="full">Its numbers in float32, owned from now on.</param>
    /// <param name="memory">Where the rounded ones lie.</param>
    public RoundedParameter(Parameter parameter, Tensor full, LastingMemory memory)
    {
        using var noGrad = no_grad();
        this.parameter = parameter;
        Full = full.DetachFromDisposeScope();
        rounded = memory.Copy(full, bfloat16).DetachFromDisposeScope();
        ParameterData.Replace(parameter, rounded);
    }

    /// <summary>Its numbers in float32, <c>[...]</c>.</summary>
    public Tensor Full { get; }

    /// <summary>Lets the parameter have its float32 numbers until <see cref="TakeBack"/>.</summary>
    public void Lend()
    {
        isLent = true;
        ParameterData.Replace(parameter, Full);
    }

    /// <summary>Ends <see cref="Lend"/>.</summary>
    public void TakeBack()
    {
        if (isLent)
        {
            // Whoever had the float32 numbers may have changed them.
            using var noGrad = no_grad();
            ParameterData.Replace(parameter, rounded.copy_(Full));
            isLent = false;
        }
    }

    /// <summary>Gives the parameter its float32 numbers for good.</summary>
    public void Dispose()
    {
        if (!Full.IsInvalid)
        {
            ParameterData.Replace(parameter, Full);
            Full.Dispose();
            rounded.Dispose();
        }
    }
}
