using System.Runtime.Intrinsics.X86;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>What oneDNN does to the results of a linear map while it writes them.</summary>
public enum FusedFunction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x·Φ(x) (Hendrycks, Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu,

    /// <summary>Its approximation by a hyperbolic tangent (same paper).</summary>
    TanhGelu,
}

/// <summary>
/// Linear maps by oneDNN, which libtorch carries. Its own choice for float32 is MKL, and MKL takes AVX2 code on processors that are not Intel's:
/// where they have AVX-512, oneDNN computes the same about twice as fast. For bfloat16 oneDNN is libtorch's choice too, but not in the form that is made
/// for linear maps: that is faster by a tenth, and adds the vector within the product.
/// </summary>
public static unsafe class OneDnn
{
    // Below this many multiplications the fixed cost of a call, about 20 µs, is more than what is saved.
    private const long SmallestWork = 2L << 20;

    // oneDNN packs in blocks of so many outputs. On some processors it computes a last block that is not full wrongly, without a word:
    // 384 rows of 300 numbers times 211 outputs differ from float64 in the last 19 by as much as the outputs are large.
    private const long PackedBlock = 64;

    // A few rows are a walk through the weights, bound by memory, at which MKL is as good.
    private const long FewestRows = 8;

    // A product that reads its left side across the rows copies parts of it several times. Of bfloat16, and from so many rows on, one copy beforehand
    // and the form for linear maps are faster by a tenth, as the gradients of weights are.
    private const long FewestCopied = 1024;

    private static readonly delegate* unmanaged<nint, nint, nint*, byte*, double**, long, byte**, nint*, int> linear = Find();
    private static readonly delegate* unmanaged<nint, nint, nint, float, float, void> multiply = FindMultiply();

    /// <summary>Whether this machine and this libtorch gain by it. It depends on nothing that changes from run to run.</summary>
    public static bool IsPreferred => linear != null;

    /// <summary>Whether a map of that size is better computed here: only on the processor, and only where it gains.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="weight"><c>[output, input]</c>.</param>
    /// <param name="bias"><c>[output]</c>, or null.</param>
    public static bool Suits(Tensor input, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return IsPreferred
            && (input.dtype == ScalarType.Float32 || (input.dtype == ScalarType.BFloat16 && ProcessorFeatures.MultipliesBFloat16))
            && weight.dtype == input.dtype && (bias is null || bias.dtype == input.dtype)
            && input.device_type == DeviceType.CPU && weight.device_type == DeviceType.CPU
            && input.numel() >= FewestRows * weight.size(1) && input.numel() * weight.size(0) >= SmallestWork;
    }

    /// <summary>Whether a weight can be packed, to any gain and with the right result.</summary>
    /// <param name="weight"><c>[output, input]</c>.</param>
    public static bool CanPack(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return IsPreferred && weight.dtype == ScalarType.Float32 && weight.device_type == DeviceType.CPU && weight.size(0) % PackedBlock == 0;
    }

    /// <summary>A copy of a weight in the order in which oneDNN reads it. Only <see cref="Linear"/> can do something with it.</summary>
    /// <param name="weight"><c>[output, input]</c>, float32, on the processor.</param>
    /// <exception cref="PlinthException">libtorch refused the call; it writes its own message to the error stream.</exception>
    public static Tensor Pack(Tensor weight)
    {
        var call = default(AtenCall);
        call.Push(weight).PushNone().Invoke("mkldnn::_reorder_linear_weight");
        return call.Result();
    }

    /// <summary>input · weightᵀ + bias, and then the function. Nothing is recorded for gradients.</summary>
    /// <param name="input"><c>[..., input]</c>, float32 or bfloat16, on the processor; any strides.</param>
    /// <param name="weight"><c>[output, input]</c>, the same; a transposed view costs no copy. Or what <see cref="Pack"/> made of it.</param>
    /// <param name="bias"><c>[output]</c>, or null.</param>
    /// <param name="then">What is done to each number before it is written.</param>
    /// <returns><c>[..., output]</c>.</returns>
    /// <exception cref="PlinthException">libtorch refused the call; it writes its own message to the error stream.</exception>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null, FusedFunction then = FusedFunction.None)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        nint biasHandle = bias?.Handle ?? 0, result = 0;
        int code;
        fixed (byte* name = then switch { FusedFunction.None => "none\0"u8, FusedFunction.Relu => "relu\0"u8, _ => "gelu\0"u8 })
        fixed (byte* form = then == FusedFunction.TanhGelu ? "tanh\0"u8 : "none\0"u8)
        {
            var algorithm = form;
            code = linear(input.Handle, weight.Handle, bias is null ? null : &biasHandle, name, null, 0, &algorithm, &result);
        }

        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return code == 0
            ? Tensor.UnsafeCreateTensor(result)
            : throw new PlinthException("libtorch refused a linear map by oneDNN; its message is on the error stream.");
    }

    /// <summary>left · right, where both may be transposed views at little cost. Nothing is recorded for gradients.</summary>
    /// <param name="left"><c>[rows, inner]</c>; what is not float32 or bfloat16 on the processor is left to libtorch.</param>
    /// <param name="right"><c>[inner, columns]</c>, the same.</param>
    /// <returns><c>[rows, columns]</c>, contiguous.</returns>
    public static Tensor Multiply(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (TryByCopy(left, right) is { } product)
        {
            return product;
        }

        if (multiply == null || left.dtype != ScalarType.Float32 || right.dtype != ScalarType.Float32)
        {
            return left.mm(right);
        }

        var result = empty(left.size(0), right.size(1), ScalarType.Float32);
        var (first, second) = (Plain(left), Plain(right));
        multiply(first.Handle, second.Handle, result.Handle, 0, 1);
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        return result;

        // What was expanded, or taken from every other column, is copied: an error of oneDNN's would end the process.
        static Tensor Plain(Tensor matrix) => matrix.is_contiguous() || matrix.t().is_contiguous() ? matrix : matrix.contiguous();
    }

    private static Tensor? TryByCopy(Tensor left, Tensor right)
    {
        if (left.dtype != ScalarType.BFloat16 || left.size(1) < FewestCopied)
        {
            return null;
        }

        using Tensor across = left.t(), weight = right.t();
        if (!TransposeKernel.Suits(across) || !right.is_contiguous() || !Suits(left, weight, null))
        {
            return null;
        }

        using var copy = TransposeKernel.Copy(across);
        return Linear(copy, weight);
    }

    private static delegate* unmanaged<nint, nint, nint*, byte*, double**, long, byte**, nint*, int> Find()
    {
        if (!Avx512F.IsSupported || ProcessorFeatures.IsIntel)
        {
            return null;
        }

        // The function of the dispatcher takes its mode as a string that libtorch 2.10 does not free; this one does not.
        return TorchRuntime.TryGetExport("aoti_torch_cpu__linear_pointwise", out var address)
            ? (delegate* unmanaged<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)address
            : null;
    }

    // void at::native::mkldnn_matmul(const Tensor& left, right, result, float beta, float alpha): result = beta · result + alpha · left · right
    private static delegate* unmanaged<nint, nint, nint, float, float, void> FindMultiply() =>
        linear != null && TorchRuntime.TryGetExport("_ZN2at6native13mkldnn_matmulERKNS_6TensorES3_S3_ff", out var address)
            ? (delegate* unmanaged<nint, nint, nint, float, float, void>)address
            : null;
}
