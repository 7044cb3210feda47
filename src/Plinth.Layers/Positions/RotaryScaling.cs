namespace Plinth.Layers.Positions;

/// <summary>Stretches the wavelengths of rotary positions, so that a model reads further than it was trained to.</summary>
public abstract record RotaryScaling
{
    /// <summary>Angles per position.</summary>
    /// <param name="plain">The unscaled ones, fastest first.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <param name="length">Positions of this pass, cached ones included.</param>
    public abstract double[] Frequencies(double[] plain, double theta, long length);

    /// <summary>Factor on cosines and sines, which sharpens or softens attention.</summary>
    public virtual double Magnitude => 1;

    /// <summary>Whether the frequencies depend on the length of the pass.</summary>
    public virtual bool DependsOnLength => false;
}

/// <summary>Positions divided by a factor (Chen et al. 2023, arXiv:2306.15595).</summary>
/// <param name="Factor">How much longer.</param>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc />
    public override double[] Frequencies(double[] plain, double theta, long length) => [.. plain.Select(frequency => frequency / Factor)];
}

/// <summary>A base that grows with the length once it passes the trained one ("NTK-aware", as Llama's reference computes it).</summary>
/// <param name="Factor">How fast the base grows.</param>
/// <param name="TrainedLength">Positions seen in training.</param>
public sealed record DynamicScaling(double Factor, int TrainedLength) : RotaryScaling
{
    /// <inheritdoc />
    public override bool DependsOnLength => true;

    /// <inheritdoc />
    public override double[] Frequencies(double[] plain, double theta, long length)
    {
        ArgumentNullException.ThrowIfNull(plain);
        if (length <= TrainedLength)
        {
            return plain;
        }

        var size = 2.0 * plain.Length;
        var grown = theta * Math.Pow((Factor * length / TrainedLength) - (Factor - 1), size / (size - 2));
        return [.. Enumerable.Range(0, plain.Length).Select(i => Math.Pow(grown, -2 * i / size))];
    }
}

/// <summary>Long wavelengths divided by a factor, short ones left, a smooth passage between (Llama 3.1: arXiv:2407.21783).</summary>
/// <param name="Factor">Divisor of the slowest frequencies.</param>
/// <param name="LowFactor">Wavelengths longer than <c>TrainedLength / LowFactor</c> are divided.</param>
/// <param name="HighFactor">Wavelengths shorter than <c>TrainedLength / HighFactor</c> are left.</param>
/// <param name="TrainedLength">Positions seen before the stretch.</param>
public sealed record BandScaling(double Factor, double LowFactor, double HighFactor, int TrainedLength) : RotaryScaling
{
    /// <inheritdoc />
    public override double[] Frequencies(double[] plain, double theta, long length) => [.. plain.Select(frequency =>
    {
        var turns = TrainedLength * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - LowFactor) / (HighFactor - LowFactor), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / Factor);
    })];
}

/// <summary>YaRN: fast frequencies kept, slow ones divided, a ramp between, and sharper attention (Peng et al. 2023, arXiv:2309.00071).</summary>
/// <param name="Factor">How much longer.</param>
/// <param name="TrainedLength">Positions seen before the stretch.</param>
/// <param name="FastTurns">Components that turn at least so often over the trained length are kept (β_fast).</param>
/// <param name="SlowTurns">Components that turn at most so often are divided (β_slow).</param>
/// <param name="Attention">The factor on cosines and sines; null follows from the length factor.</param>
/// <param name="IsTruncated">Whether the ramp begins and ends at whole components.</param>
public sealed record YarnScaling(
    double Factor, int TrainedLength, double FastTurns = 32, double SlowTurns = 1, double? Attention = null, bool IsTruncated = true) : RotaryScaling
{
    /// <inheritdoc />
    public override double Magnitude => Attention ?? (Factor <= 1 ? 1 : (0.1 * Math.Log(Factor)) + 1);

    /// <inheritdoc />
    public override double[] Frequencies(double[] plain, double theta, long length)
    {
        ArgumentNullException.ThrowIfNull(plain);
        var size = 2 * plain.Length;
        double Component(double turns) => size * Math.Log(TrainedLength / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        var (first, last) = (Component(FastTurns), Component(SlowTurns));
        if (IsTruncated)
        {
            (first, last) = (Math.Floor(first), Math.Ceiling(last));
        }

        (first, last) = (Math.Max(first, 0), Math.Min(last, size - 1));
        var width = Math.Max(last - first, 0.001);
        return [.. plain.Select((frequency, i) =>
        {
            var divided = Math.Clamp((i - first) / width, 0, 1);
            return (frequency / Factor * divided) + (frequency * (1 - divided));
        })];
    }
}

/// <summary>A divisor of its own for each component, one list within the trained length and one beyond (LongRoPE: Ding et al. 2024, arXiv:2402.13753).</summary>
/// <param name="Within">Divisors within the trained length.</param>
/// <param name="Beyond">Divisors beyond it.</param>
/// <param name="TrainedLength">Positions seen before the stretch.</param>
/// <param name="Attention">The factor on cosines and sines.</param>
public sealed record ListedScaling(IReadOnlyList<double> Within, IReadOnlyList<double> Beyond, int TrainedLength, double Attention) : RotaryScaling
{
    /// <inheritdoc />
    public override double Magnitude => Attention;

    /// <inheritdoc />
    public override bool DependsOnLength => true;

    /// <inheritdoc />
    public override double[] Frequencies(double[] plain, double theta, long length)
    {
        var divisors = length > TrainedLength ? Beyond : Within;
        return [.. plain.Select((frequency, i) => frequency / divisors[i])];
    }
}
