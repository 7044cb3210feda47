using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>In which numbers a matrix that is not trained is kept.</summary>
public enum MatrixForm
{
    /// <summary>In full precision, as it was loaded.</summary>
    Full,

    /// <summary>Whole numbers from -127 to 127, with a factor for each row.</summary>
#pragma warning disable CA1720 // It is the name of the numbers, and the word that recipes use.
    Int8,
#pragma warning restore CA1720

    /// <summary>The 16 numbers of 4-bit NormalFloat, with a factor for each 64 of them: 4.5 bits a weight.</summary>
    Nf4,

    /// <summary>As <see cref="Nf4"/>, the factors in 8 bits too: 4.13 bits a weight.</summary>
    Nf4Double,
}

/// <summary>
/// A matrix in 8 or 4 bits a weight, from which the numbers to compute with are made again each time (QLoRA: Dettmers et al. 2023,
/// arXiv:2305.14314). It cannot be trained; adapters beside it can. The factors of <see cref="MatrixForm.Nf4Double"/> are whole numbers
/// of 8 bits around their mean, where the paper takes an 8-bit float.
/// </summary>
public sealed class QuantizedMatrix : nn.Module
{
    private const int BlockSize = 64, FactorBlockSize = 256, LargestInt8 = 127;

    // Keeps a block of zeros from dividing by 0.
    private const double Tiny = 1e-30;

    // Appendix E of the paper: quantiles of the normal distribution, of its upper and its lower half apart so that 0 is one of them.
    private static readonly float[] normalFloats =
    [
        -1, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1,
    ];

    private readonly Tensor codes, factors;
    private readonly Tensor? factorScales, factorMean;

    /// <param name="matrix">The matrix; <c>[output, input]</c>.</param>
    /// <param name="form">In which numbers to keep it.</param>
    /// <exception cref="ArgumentException">The form is <see cref="MatrixForm.Full"/>, or there is no matrix.</exception>
    public QuantizedMatrix(Tensor matrix, MatrixForm form)
        : base(nameof(QuantizedMatrix))
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (form == MatrixForm.Full || matrix.dim() != 2)
        {
            throw new ArgumentException($"A {matrix.dim()}-dimensional tensor cannot be kept in {form}; a matrix can, in {MatrixForm.Int8}, {MatrixForm.Nf4} or {MatrixForm.Nf4Double}.", nameof(form));
        }

        (Form, OutputSize, InputSize) = (form, matrix.size(0), matrix.size(1));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var exact = matrix.detach().to(ScalarType.Float32);
        (codes, factors) = form == MatrixForm.Int8 ? ToInt8(exact) : ToNormalFloat(exact);
        if (form == MatrixForm.Nf4Double)
        {
            factorMean = factors.mean();
            (factors, factorScales) = ToInt8(Blocks(factors - factorMean, FactorBlockSize));
        }

        foreach (var kept in (Tensor?[])[codes, factors, factorScales, factorMean])
        {
            kept?.DetachFromDisposeScope();
        }

        RegisterComponents();
    }

    /// <summary>In which numbers it is kept.</summary>
    public MatrixForm Form { get; }

    /// <summary>Its rows.</summary>
    public long OutputSize { get; }

    /// <summary>Its columns.</summary>
    public long InputSize { get; }

    /// <summary>What it takes of memory.</summary>
    public long Bytes => buffers().Sum(kept => kept.numel() * kept.element_size());

    /// <summary>The numbers to compute with, made anew.</summary>
    /// <param name="type">Their element type.</param>
    /// <returns><c>[output, input]</c>, without gradients.</returns>
    public Tensor Restore(ScalarType type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var restored = Form == MatrixForm.Int8 ? codes.to(ScalarType.Float32).mul_(factors) : FromNormalFloat();
        return restored.to(type).MoveToOuterDisposeScope();
    }

    // Absolute maxima of rows map to the largest whole number.
    private static (Tensor Codes, Tensor Factors) ToInt8(Tensor rows)
    {
        var factors = rows.abs().amax([1L], keepdim: true).div_(LargestInt8);                    // [row, 1]
        return (rows.div(factors.clamp_min(Tiny)).round_().to(ScalarType.Int8), factors);
    }

    private static (Tensor Codes, Tensor Factors) ToNormalFloat(Tensor matrix)
    {
        var blocks = Blocks(matrix, BlockSize);                                                  // [block, 64]
        var factors = blocks.abs().amax([1L], keepdim: true);                                    // [block, 1]
        var scaled = blocks.div(factors.clamp_min(Tiny));
        var nearest = zeros_like(scaled, ScalarType.Byte);
        for (var i = 1; i < normalFloats.Length; i++)
        {
            // A number has passed as many of the middles between two neighbours as its code says.
            using var passed = scaled.gt((normalFloats[i - 1] + normalFloats[i]) / 2);
            nearest.add_(passed);
        }

        var pairs = nearest.view(-1, 2);
        return (pairs.select(1, 0).mul(16).add_(pairs.select(1, 1)), factors);
    }

    private Tensor FromNormalFloat()
    {
        // The two numbers of each byte lie beside each other in a table of all bytes.
        var values = tensor(normalFloats, device: codes.device);
        var pairs = stack([values.repeat_interleave(16), values.repeat(16)], 1);                 // [256, 2]
        var blocks = pairs.index_select(0, codes.to(ScalarType.Int32)).view(-1, BlockSize);
        blocks.mul_(Form == MatrixForm.Nf4Double ? factors.to(ScalarType.Float32).mul_(factorScales!).add_(factorMean!).view(-1, 1).narrow(0, 0, blocks.size(0)) : factors);
        return blocks.view(-1).narrow(0, 0, OutputSize * InputSize).view(OutputSize, InputSize);
    }

    // Rows of a fixed length; the last is filled up with zeros.
    private static Tensor Blocks(Tensor values, int size)
    {
        var flat = values.reshape(-1);
        var missing = (size - (flat.numel() % size)) % size;
        return (missing == 0 ? flat : nn.functional.pad(flat, [0, missing])).view(-1, size);
    }
}
