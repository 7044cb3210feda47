using Plinth.Data.Batching;

namespace Plinth.Data.Vision;

/// <summary>The chance of one step on one picture: it follows from seed, epoch, picture, view and step alone, on every machine.</summary>
public sealed class AugmentationRandom
{
    private SplitMix stream;

    /// <param name="seed">Chooses everything.</param>
    /// <param name="path">What the chance is for, the outermost first: epoch, picture, view, step.</param>
    public AugmentationRandom(ulong seed, params ReadOnlySpan<long> path)
    {
        foreach (var number in path)
        {
            seed = SplitMix.Mix(seed, (ulong)number);
        }

        stream = new(seed);
    }

    /// <summary>A number from one to below another.</summary>
    public double Between(double least, double most) => least + ((most - least) * stream.Unit());

    /// <summary>A whole number from 0 to below a count.</summary>
    public int Below(int count) => (int)stream.Below(count);

    /// <summary>Whether something of a probability happens.</summary>
    public bool Happens(double probability) => stream.Unit() < probability;

    /// <summary>A number whose logarithm is even between those of two others: as often half as double.</summary>
    public double LogBetween(double least, double most) => Math.Exp(Between(Math.Log(least), Math.Log(most)));

    /// <summary>A byte.</summary>
    public byte Byte() => (byte)stream.Below(256);

    /// <summary>A share of Beta(alpha, alpha): near 0 or 1 for a small alpha, near one half for a large one.</summary>
    public double Beta(double alpha)
    {
        var (first, second) = (Gamma(alpha), Gamma(alpha));
        return first + second > 0 ? first / (first + second) : Happens(0.5) ? 1 : 0;
    }

    // Marsaglia and Tsang 2000, "A simple method for generating gamma variables"; below 1 by the power of a uniform number.
    private double Gamma(double shape)
    {
        if (shape < 1)
        {
            return Gamma(shape + 1) * Math.Pow(1 - stream.Unit(), 1 / shape);
        }

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal();
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - stream.Unit()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - stream.Unit())) * Math.Cos(2 * Math.PI * stream.Unit());
}
