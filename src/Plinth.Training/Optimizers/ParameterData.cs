using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Exchanges the numbers behind a parameter while the object stays the same. <c>Module.to(dtype)</c> makes new
/// parameters instead, which parts them from whoever holds the old ones (optimizers, adapters).
/// </summary>
internal static class ParameterData
{
    /// <summary>Converts in place.</summary>
    public static void Convert(Tensor parameter, ScalarType type)
    {
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
    public static void Replace(Tensor parameter, Tensor data)
    {
        using var noGrad = no_grad();
        var call = new AtenCall();
        call.Push(parameter);
        call.Push(data);
        call.Invoke("aten::set_data");
    }
}
