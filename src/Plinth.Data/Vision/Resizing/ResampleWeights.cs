namespace Plinth.Data.Vision;

/// <summary>For each new pixel of one axis: the first old pixel that it is made of, how many, and their weights in fixed point.</summary>
internal sealed class ResampleWeights
{
    /// <summary>Bits behind the point. Eight bits of value and two for overshoot leave this many of 32, as Pillow has it.</summary>
    public const int Precision = 32 - 8 - 2;

    private readonly int stride;
    private readonly int[] first, count, weights;

    private ResampleWeights(int stride, int[] first, int[] count, int[] weights) => (this.stride, this.first, this.count, this.weights) = (stride, first, count, weights);

    /// <summary>The first old pixel that any new one needs.</summary>
    public int Begin => first[0];

    /// <summary>One behind the last old pixel that any new one needs.</summary>
    public int End => first[^1] + count[^1];

    /// <summary>The first old pixel of a new one.</summary>
    public int First(int target) => first[target];

    /// <summary>The weights of the old pixels from there on.</summary>
    public ReadOnlySpan<int> Of(int target) => weights.AsSpan(target * stride, count[target]);

    /// <summary>Computes the weights. Where the picture shrinks, the filter widens by the ratio, so that every old pixel counts.</summary>
    /// <param name="filter">Any but nearest.</param>
    /// <param name="size">Old pixels.</param>
    /// <param name="begin">Where the part that is taken begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="target">New pixels.</param>
    public static ResampleWeights Make(ResampleFilter filter, int size, float begin, float end, int target)
    {
        var scale = (double)(end - begin) / target;
        var widening = Math.Max(scale, 1);
        var support = ResampleKernel.Support(filter) * widening;
        var stride = ((int)Math.Ceiling(support) * 2) + 1;
        var (first, count, weights) = (new int[target], new int[target], new int[checked(target * stride)]);
        var row = new double[stride];
        for (var i = 0; i < target; i++)
        {
            var center = begin + ((i + 0.5) * scale);
            first[i] = Math.Max((int)(center - support + 0.5), 0);
            count[i] = Math.Min((int)(center + support + 0.5), size) - first[i];
            var sum = 0.0;
            for (var k = 0; k < count[i]; k++)
            {
                // Multiplied by the inverse, not divided: the last bit decides roundings.
                row[k] = ResampleKernel.Weight(filter, (k + first[i] - center + 0.5) * (1 / widening));
                sum += row[k];
            }

            for (var k = 0; k < count[i]; k++)
            {
                var share = sum == 0 ? row[k] : row[k] / sum;
                weights[(i * stride) + k] = (int)((share < 0 ? -0.5 : 0.5) + (share * (1 << Precision)));
            }
        }

        return new(stride, first, count, weights);
    }
}
