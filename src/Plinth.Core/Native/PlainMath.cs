using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Core.Native;

/// <summary>The self-test's operations once more in plain loops and double precision: an implementation that shares nothing with libtorch.</summary>
internal static class PlainMath
{
    /// <summary>Numbers between -1 and 1 that look random and are the same everywhere.</summary>
    public static double[] Numbers(int count, uint seed)
    {
        var state = seed;
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
        {
            state = (state * 1664525) + 1013904223; // Numerical Recipes' generator
            numbers[i] = (float)((state >> 8) / (double)(1 << 23) - 1);
        }

        return numbers;
    }

    /// <summary>[rows, inner] times [inner, columns].</summary>
    public static double[] Multiply(double[] left, double[] right, int rows, int inner, int columns)
    {
        var product = new double[rows * columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                for (var k = 0; k < inner; k++)
                {
                    product[(i * columns) + j] += left[(i * inner) + k] * right[(k * columns) + j];
                }
            }
        }

        return product;
    }

    /// <summary>A convolution of 3 by 3, borders of zeros: maps [height, width, inputs], weights [outputs, inputs, 3, 3] to [height, width, outputs].</summary>
    public static double[] Convolve(double[] map, double[] weights, int height, int width, int inputs, int outputs)
    {
        var result = new double[height * width * outputs];
        for (var at = 0; at < result.Length; at++)
        {
            var (place, output) = (at / outputs, at % outputs);
            for (var k = 0; k < 9; k++)
            {
                var (row, column) = ((place / width) + (k / 3) - 1, (place % width) + (k % 3) - 1);
                for (var input = 0; input < inputs && row >= 0 && row < height && column >= 0 && column < width; input++)
                {
                    result[at] += map[(((row * width) + column) * inputs) + input] * weights[(((output * inputs) + input) * 9) + k];
                }
            }
        }

        return result;
    }

    /// <summary>Causal attention of one head: softmax(q k' / sqrt(width)) v over the positions up to each. All [seq, width].</summary>
    public static double[] CausalAttention(ReadOnlySpan<double> query, ReadOnlySpan<double> key, ReadOnlySpan<double> value, int seq, int width)
    {
        var output = new double[seq * width];
        for (var i = 0; i < seq; i++)
        {
            var weights = new double[i + 1];
            for (var j = 0; j <= i; j++)
            {
                for (var k = 0; k < width; k++)
                {
                    weights[j] += query[(i * width) + k] * key[(j * width) + k] / Math.Sqrt(width);
                }
            }

            var most = weights.Max();
            var sum = weights.Sum(weight => Math.Exp(weight - most));
            for (var j = 0; j <= i; j++)
            {
                for (var k = 0; k < width; k++)
                {
                    output[(i * width) + k] += Math.Exp(weights[j] - most) / sum * value[(j * width) + k];
                }
            }
        }

        return output;
    }

    /// <summary>Sum of <c>weights · gelu(layerNorm(input) · gain + shift)</c>. Input and weights [rows, width], gain and shift [width].</summary>
    public static double NormGelu(double[] input, double[] gain, double[] shift, double[] weights, double epsilon)
    {
        var width = gain.Length;
        var sum = 0.0;
        for (var i = 0; i < input.Length; i++)
        {
            var (mean, deviation) = Moments(input.AsSpan(i / width * width, width), epsilon);
            var normal = (((input[i] - mean) / deviation) * gain[i % width]) + shift[i % width];
            sum += weights[i] * normal * Normal(normal);
        }

        return sum;
    }

    /// <summary>Gradients of <see cref="NormGelu"/> by input, gain and shift, after the textbook.</summary>
    public static (double[] Input, double[] Gain, double[] Shift) NormGeluGradients(double[] input, double[] gain, double[] shift, double[] weights, double epsilon)
    {
        var width = gain.Length;
        double[] byInput = new double[input.Length], byGain = new double[width], byShift = new double[width];
        for (var row = 0; row < input.Length; row += width)
        {
            var (mean, deviation) = Moments(input.AsSpan(row, width), epsilon);
            double[] normal = new double[width], byNormal = new double[width];
            for (var k = 0; k < width; k++)
            {
                normal[k] = (input[row + k] - mean) / deviation;
                var affine = (normal[k] * gain[k]) + shift[k];
                var density = Math.Exp(-affine * affine / 2) / Math.Sqrt(2 * Math.PI);
                var byAffine = weights[row + k] * (Normal(affine) + (affine * density));
                byGain[k] += byAffine * normal[k];
                byShift[k] += byAffine;
                byNormal[k] = byAffine * gain[k];
            }

            var average = byNormal.Average();
            var slope = byNormal.Zip(normal, (gradient, value) => gradient * value).Average();
            for (var k = 0; k < width; k++)
            {
                byInput[row + k] = (byNormal[k] - average - (normal[k] * slope)) / deviation;
            }
        }

        return (byInput, byGain, byShift);
    }

    /// <summary>AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101), one gradient per step.</summary>
    public static double[] AdamW(double[] start, double[][] gradients, double rate, double beta1, double beta2, double decay, double epsilon)
    {
        double[] weights = [.. start], first = new double[start.Length], second = new double[start.Length];
        for (var step = 1; step <= gradients.Length; step++)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                var gradient = gradients[step - 1][i];
                first[i] = (beta1 * first[i]) + ((1 - beta1) * gradient);
                second[i] = (beta2 * second[i]) + ((1 - beta2) * gradient * gradient);
                var mean = first[i] / (1 - Math.Pow(beta1, step));
                var variance = second[i] / (1 - Math.Pow(beta2, step));
                weights[i] -= rate * ((decay * weights[i]) + (mean / (Math.Sqrt(variance) + epsilon)));
            }
        }

        return weights;
    }

    /// <summary>Negative log probability of each row's target. Logits [rows, classes].</summary>
    public static double[] CrossEntropy(double[] logits, long[] targets)
    {
        var classes = logits.Length / targets.Length;
        return [.. targets.Select((target, row) =>
            Math.Log(logits.Skip(row * classes).Take(classes).Sum(Math.Exp)) - logits[(row * classes) + target])];
    }

    /// <summary>Probability that a standard normal value is below x; the series of erf (Abramowitz and Stegun 7.1.6) has positive terms only.</summary>
    public static double Normal(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2), term = z, sum = z;
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * z * z / ((2 * n) + 1);
            sum += term;
        }

        var erf = 2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z) * sum;
        return (1 + (x < 0 ? -erf : erf)) / 2;
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<double> row, double epsilon)
    {
        double mean = 0, variance = 0;
        foreach (var value in row)
        {
            mean += value / row.Length;
        }

        foreach (var value in row)
        {
            variance += (value - mean) * (value - mean) / row.Length;
        }

        return (mean, Math.Sqrt(variance + epsilon));
    }
}
