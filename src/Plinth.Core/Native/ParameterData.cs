using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// Exchanges the numbers behind a parameter while the object stays the same. <c>Module.to(dtype)</c> makes new
/// parameters instead, which parts them from whoever holds the old ones (optimizers, adapters).
/// </summary>
public static class ParameterData
{
    /// <summary>Converts in place.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="type">Element type from now on.</param>
    public static void Convert(Tensor parameter, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (parameter.dtype == type)
        {
            return;
        }

        using var noGrad = no_grad();
        using var source = parameter.detach();
        using var converted = source.to(type);
        Replace(parameter, converted);
    }

    /// <summary>Lets a parameter share the numbers of another tensor.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="data">The other tensor; its shape and element type become the parameter's.</param>
    public static void Replace(Tensor parameter, Tensor data)
    {
        using var noGrad = no_grad();
        var call = new AtenCall();
        call.Push(parameter);
        call.Push(data);
        call.Invoke("aten::set_data");
    }
}
