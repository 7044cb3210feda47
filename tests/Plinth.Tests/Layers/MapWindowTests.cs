using Plinth.Core;
using Plinth.Layers.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>Attention within the squares of a map, against the definition position by position.</summary>
public sealed class MapWindowTests
{
    private const int Size = 4, Hidden = 12, Heads = 3;

    [Theory]
    [InlineData(8, 8, false)]
    [InlineData(8, 8, true)]
    [InlineData(8, 12, true)]
    [InlineData(6, 7, false)]
    [InlineData(6, 9, true)]
    [InlineData(4, 8, true)]
    [InlineData(2, 5, true)]
    public void Equals_attention_over_the_whole_map_with_all_but_the_square_hidden(long rows, long columns, bool isShifted)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        random.manual_seed(7);
        var options = new AttentionOptions { HiddenSize = Hidden, HeadCount = Heads, MapWindows = new(Size, isShifted) };
        using var attention = new MultiHeadAttention(options);
        foreach (var (_, parameter) in attention.named_parameters())
        {
            nn.init.normal_(parameter, 0, 0.5);
        }

        var input = randn(2, rows * columns, Hidden);
        var found = attention.Attend(input, new([options], new EmbeddedImages(input, rows, columns), null), 0);
        Assert.True((Expected(attention, input, rows, columns, isShifted) - found).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void A_sequence_that_is_no_map_is_refused()
    {
        using var scope = NewDisposeScope();
        var options = new AttentionOptions { HiddenSize = Hidden, HeadCount = Heads, MapWindows = new(Size, false) };
        Assert.Throws<InvalidOperationException>(() => new AttentionPass([options], new EmbeddedSequence(zeros(1, 16, Hidden), null, null), null));
    }

    // Zeros fill the map up to whole squares; a position is in the square that holds it after the shift, turned around the edges, and
    // sees those of its square that have not been turned differently.
    private static Tensor Expected(MultiHeadAttention attention, Tensor input, long rows, long columns, bool isShifted)
    {
        var side = Math.Min(Size, Math.Min(rows, columns));
        var shift = isShifted && Math.Min(rows, columns) > Size ? side / 2 : 0;
        var (high, wide) = ((rows + side - 1) / side * side, (columns + side - 1) / side * side);
        var filled = nn.functional.pad(input.view(2, rows, columns, Hidden), [0, 0, 0, wide - columns, 0, high - rows]).view(2, high * wide, Hidden);
        var weights = attention.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        Tensor Map(string name, Tensor x) => nn.functional.linear(x, weights[name + ".weight"], weights[name + ".bias"]);
        Tensor Split(Tensor x) => x.view(2, high * wide, Heads, Hidden / Heads).transpose(1, 2);
        var scores = Split(Map("query", filled)).matmul(Split(Map("key", filled)).transpose(-1, -2)) / Math.Sqrt(Hidden / (double)Heads);
        var bias = zeros(Heads, high * wide, high * wide);
        (long Window, bool IsTurned, long Place) At(long index, long length) =>
            ((((index - shift) + length) % length) / side, index < shift, ((index - shift) + length) % length);
        for (var query = 0L; query < high * wide; query++)
        {
            for (var key = 0L; key < high * wide; key++)
            {
                var (qr, kr) = (At(query / wide, high), At(key / wide, high));
                var (qc, kc) = (At(query % wide, wide), At(key % wide, wide));
                var isSeen = qr.Window == kr.Window && qc.Window == kc.Window && qr.IsTurned == kr.IsTurned && qc.IsTurned == kc.IsTurned;
                var row = ((qr.Place - kr.Place + Size - 1) * ((2 * Size) - 1)) + qc.Place - kc.Place + Size - 1;
                bias.select(1, query).select(1, key).copy_(isSeen ? weights["mapBiases.table"][row] : full(Heads, -1e9));
            }
        }

        var mixed = (scores + bias).softmax(-1).matmul(Split(Map("value", filled))).transpose(1, 2).reshape(2, high, wide, Hidden);
        return Map("output", mixed.narrow(1, 0, rows).narrow(2, 0, columns).reshape(2, rows * columns, Hidden));
    }
}
