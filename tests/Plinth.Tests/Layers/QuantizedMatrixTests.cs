using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>Matrices in few bits against the same computed one number at a time in double.</summary>
public sealed class QuantizedMatrixTests : IDisposable
{
    private static readonly double[] quantiles = NormalQuantiles();

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    // Rows that are no multiple of a block, blocks that end inside a row, a row of zeros, and one number alone.
    [Theory]
    [InlineData(MatrixForm.Int8, 5, 67)]
    [InlineData(MatrixForm.Nf4, 5, 67)]
    [InlineData(MatrixForm.Nf4, 33, 64)]
    [InlineData(MatrixForm.Nf4, 1, 1)]
    [InlineData(MatrixForm.Nf4Double, 5, 67)]
    [InlineData(MatrixForm.Nf4Double, 200, 101)]
    public void Equals_the_reference_in_double(MatrixForm form, int outputs, int inputs)
    {
        random.manual_seed(11);
        var matrix = randn(outputs, inputs) * 0.05;
        matrix[outputs - 1].fill_(outputs > 1 ? 0 : 0.3);
        using var quantized = new QuantizedMatrix(matrix, form);
        var exact = matrix.to(ScalarType.Float64).data<double>().ToArray();
        var expected = form == MatrixForm.Int8 ? Int8(exact, inputs) : NormalFloat(exact, form == MatrixForm.Nf4Double);
        var found = quantized.Restore(ScalarType.Float64).data<double>().ToArray();
        Assert.Equal([outputs, inputs], quantized.Restore(ScalarType.Float32).shape);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    // Appendix E gives the table to so many digits: reached by the method of section 3 in place of a copy of the table.
    [Fact]
    public void The_codes_are_quantiles_of_the_normal_distribution()
    {
        using var quantized = new QuantizedMatrix(tensor(quantiles.Select(value => (float)value).ToArray()).view(1, 16), MatrixForm.Nf4);
        var found = quantized.Restore(ScalarType.Float64).data<double>().ToArray();
        Assert.All(quantiles.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Equal(16, found.Distinct().Count());
        Assert.Equal(0, quantiles[7]);
    }

    [Theory]
    [InlineData(MatrixForm.Int8, (256 * 512) + (4 * 256))]
    [InlineData(MatrixForm.Nf4, (256 * 512 / 2) + (4 * 256 * 512 / 64))]
    [InlineData(MatrixForm.Nf4Double, (256 * 512 / 2) + (256 * 512 / 64) + (4 * 256 * 512 / 64 / 256) + 4)]
    public void Takes_the_bytes_of_its_codes_and_factors(MatrixForm form, long expected)
    {
        using var slot = new Projection(512, 256);
        slot.Quantize(form);
        Assert.Equal(expected, slot.Quantized!.Bytes);
        Assert.Equal(0, slot.Weight.numel());
        Assert.Equal(0, ((Plinth.Core.IPackable)slot).PackedBytes);
    }

    [Theory]
    [InlineData(MatrixForm.Int8, 24, 40)]
    [InlineData(MatrixForm.Nf4, 24, 40)]
    [InlineData(MatrixForm.Nf4Double, 24, 40)]
    [InlineData(MatrixForm.Nf4, 512, 256)]
    public void Gives_output_and_gradient_of_the_restored_matrix(MatrixForm form, int inputs, int outputs)
    {
        random.manual_seed(4);
        using var slot = new Projection(inputs, outputs);
        using (no_grad())
        {
            slot.Bias!.copy_(randn(outputs));
        }

        slot.Quantize(form);
        var restored = slot.Matrix.to(ScalarType.Float64);
        Tensor input = randn([3, 50, inputs], requires_grad: true), same = input.detach().to(ScalarType.Float64).requires_grad_(), wanted = randn(3, 50, outputs);
        var (found, expected) = (slot.forward(input), nn.functional.linear(same, restored, slot.Bias!.detach().to(ScalarType.Float64)));
        (found * wanted).sum().backward();
        (expected * wanted).sum().backward();
        Assert.InRange((found - expected).abs().max().ToDouble(), 0, 1e-5);
        Assert.InRange((input.grad! - same.grad!).abs().max().ToDouble(), 0, 1e-5);
        using (no_grad())
        {
            Assert.InRange((slot.forward(input) - found).abs().max().ToDouble(), 0, 1e-6);
        }

        Assert.All(slot.parameters(), weight => Assert.False(weight.requires_grad));
    }

    // 30 maps of 4 MB in float32 that all wait for their gradients: 120 MB if their float numbers waited with them.
    [Fact]
    public void No_float_numbers_of_it_wait_for_the_gradient()
    {
        List<Projection> slots = [.. Enumerable.Range(0, 30).Select(_ => new Projection(1_024, 1_024, hasBias: false))];
        slots.ForEach(slot => slot.Quantize(MatrixForm.Nf4));
        var input = randn([2, 1_024], requires_grad: true);
        Pass(3);
        var before = NativeHeap.InUse;
        Assert.InRange(Pass(30) - before, long.MinValue, 16L << 20);
        slots.ForEach(slot => slot.Dispose());

        long Pass(int count)
        {
            using var own = NewDisposeScope();
            var output = slots.Take(count).Aggregate(input, (current, slot) => slot.forward(current));
            var waiting = NativeHeap.InUse;
            output.sum().backward();
            return waiting;
        }
    }

    [Fact]
    public void A_matrix_in_few_bits_is_not_made_so_again()
    {
        using var slot = new Projection(64, 64);
        Assert.Throws<ArgumentException>(() => slot.Quantize(MatrixForm.Full));
        slot.Quantize(MatrixForm.Int8);
        Assert.Contains("Int8", Assert.Throws<InvalidOperationException>(() => slot.Quantize(MatrixForm.Nf4)).Message, StringComparison.Ordinal);
    }

    private static double[] Int8(double[] values, int inputs) =>
        [.. values.Chunk(inputs).SelectMany(row => row.Select(value => Rounded(value, row.Max(Math.Abs) / 127)))];

    private static double Rounded(double value, double factor) => factor == 0 ? 0 : Math.Round(value / factor) * factor;

    private static double[] NormalFloat(double[] values, bool isDouble)
    {
        var factors = values.Chunk(64).Select(block => block.Max(Math.Abs)).ToArray();
        var used = factors;
        if (isDouble)
        {
            var mean = factors.Average();
            used = [.. factors.Select(factor => factor - mean).Chunk(256).SelectMany(block => block.Select(part => Rounded(part, block.Max(Math.Abs) / 127) + mean))];
        }

        return [.. values.Select((value, i) => factors[i / 64] == 0 ? 0 : quantiles.MinBy(code => Math.Abs(code - (value / factors[i / 64]))) * used[i / 64])];
    }

    // Eight numbers above 0 and seven below, as evenly spread by probability as the ends allow, and 0.
    private static double[] NormalQuantiles()
    {
        const double end = (((31 / 32.0) + (29 / 30.0)) / 2) - 0.5;
        var above = Enumerable.Range(1, 8).Select(i => Quantile(end * i / 8));
        var below = Enumerable.Range(1, 7).Select(i => -Quantile(end * i / 7)).Reverse();
        return [.. below.Append(0).Concat(above).Select(value => value / Quantile(end))];
    }

    // Where so much of the distribution lies between 0 and there.
    private static double Quantile(double share)
    {
        var (low, high) = (0.0, 8.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = tensor(middle / Math.Sqrt(2), ScalarType.Float64).erf().ToDouble() / 2 < share ? (middle, high) : (low, middle);
        }

        return low;
    }
}
