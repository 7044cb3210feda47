using Plinth.Core.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// The parameters of a module in the numbers of one run. Frozen parameters are converted with the others and get
/// their own numbers back at the end. A parameter that appears under several names counts once, under the first.
/// </summary>
public sealed class TrainedWeights : IDisposable
{
    private readonly List<RoundedParameter> frozen = [];

    /// <param name="module">What is trained; it must stand on its device already, because moving it makes new parameters.</param>
    /// <param name="precision">In which numbers it computes.</param>
    public TrainedWeights(nn.Module module, Precision precision)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var memory = new LastingMemory();
        var trained = new List<TrainedWeight>();
        foreach (var (name, parameter) in Distinct(module))
        {
            if (parameter.requires_grad)
            {
                trained.Add(new(name, parameter, precision, memory));
            }
            else if (precision == Precision.BFloat16 && parameter.dtype == ScalarType.Float32)
            {
                using var shared = parameter.detach();
                frozen.Add(new(parameter, shared.alias(), memory));
            }
        }

        All = trained;
        Count = trained.Sum(weight => weight.Value.numel());
    }

    /// <summary>The weights that change, in the module's order.</summary>
    public IReadOnlyList<TrainedWeight> All { get; }

    /// <summary>Numbers that change.</summary>
    public long Count { get; }

    /// <summary>Takes over what one backward pass left.</summary>
    public void Collect()
    {
        foreach (var weight in All)
        {
            weight.Collect();
        }
    }

    /// <summary>Lets the module have its float32 numbers for the time of a call, so that what is saved loses nothing.</summary>
    public void InFullPrecision(Action act)
    {
        ArgumentNullException.ThrowIfNull(act);
        try
        {
            foreach (var weight in All)
            {
                weight.Lend();
            }

            frozen.ForEach(parameter => parameter.Lend());
            act();
        }
        finally
        {
            foreach (var weight in All)
            {
                weight.TakeBack();
            }

            frozen.ForEach(parameter => parameter.TakeBack());
        }
    }

    /// <summary>Gives every parameter its float32 numbers for good.</summary>
    public void Dispose()
    {
        foreach (var weight in All)
        {
            weight.Dispose();
        }

        frozen.ForEach(parameter => parameter.Dispose());
        frozen.Clear();
    }

    /// <summary>The parameters of a module, each once.</summary>
    internal static IEnumerable<(string Name, Parameter Parameter)> Distinct(nn.Module module)
    {
        var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
        return module.named_parameters().Where(entry => seen.Add(entry.parameter));
    }
}
