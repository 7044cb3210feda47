using System.Runtime.InteropServices;
using System.Text.Json;
using Plinth.Export.Gguf;

namespace Plinth.Tests.Export;

public sealed class BlockQuantizationTests
{
    [Fact]
    public void An_eight_bit_block_is_scale_and_signed_bytes()
    {
        // 127 is the largest magnitude, so the scale is 1, 0x3C00 in half precision; halves go away from zero.
        var source = new float[32];
        (source[0], source[1], source[2], source[3], source[31]) = (127, -127, 0.5f, -1.5f, -0.4f);
        byte[] expected = [0x00, 0x3C, 127, 0x81, 1, 0xFE, .. new byte[28]];
        Assert.Equal(expected, Encoded(GgufType.Q8_0, source));
    }

    [Fact]
    public void A_four_bit_block_holds_the_first_half_in_low_nibbles()
    {
        // −8 is the extreme, so the scale is 1; a value v becomes v + 8, and 7.9 is cut to 15.
        var source = new float[32];
        (source[0], source[1], source[16], source[17], source[31]) = (-8, 3, 7.9f, -2, 1);
        byte[] expected = [0x00, 0x3C, 0xF0, 0x6B, .. Enumerable.Repeat((byte)0x88, 13), 0x98];
        Assert.Equal(expected, Encoded(GgufType.Q4_0, source));
    }

    [Fact]
    public void A_positive_extreme_makes_the_scale_negative()
    {
        var source = new float[32];
        (source[5], source[6]) = (8, -7);
        var block = Encoded(GgufType.Q4_0, source);
        Assert.Equal([0x00, 0xBC], block[..2]);
        Assert.Equal(0x80, block[2 + 5]);
        Assert.Equal(0x8F, block[2 + 6]);
        Assert.Equal(source, Decoded(GgufType.Q4_0, block, 32));
    }

    [Fact]
    public void Halves_and_brains_round_to_even()
    {
        // Half precision has steps of 2 from 2048 on; bfloat16 of 2 from 256 on.
        Assert.Equal([2048f, 2052f], Decoded(GgufType.F16, Encoded(GgufType.F16, [2049, 2051]), 2));
        Assert.Equal([256f, 260f, -260f], Decoded(GgufType.BF16, Encoded(GgufType.BF16, [257, 259, -259]), 3));
        var notANumber = BitConverter.Int32BitsToSingle(0x7F800001);
        Assert.True(float.IsNaN(Decoded(GgufType.BF16, Encoded(GgufType.BF16, [notANumber]), 1)[0]));
        Assert.Equal(float.PositiveInfinity, Decoded(GgufType.F16, Encoded(GgufType.F16, [1e6f]), 1)[0]);
    }

    [Theory]
    [InlineData(GgufType.Q8_0, "q8_0")]
    [InlineData(GgufType.Q4_0, "q4_0")]
    [InlineData(GgufType.F16, "f16")]
    [InlineData(GgufType.BF16, "bf16")]
    public void Every_byte_is_the_one_that_ggml_writes(GgufType type, string name)
    {
        using var stored = Stored();
        var source = Floats(stored, "f32");
        Assert.Equal(Convert.FromHexString(stored.RootElement.GetProperty(name).GetString()!), Encoded(type, source));
    }

    [Theory]
    [InlineData(GgufType.Q8_0, "q8_0")]
    [InlineData(GgufType.Q4_0, "q4_0")]
    public void Blocks_of_ggml_are_read_as_ggml_reads_them(GgufType type, string name)
    {
        using var stored = Stored();
        var expected = Floats(stored, name + "_restored");
        Assert.Equal(expected, Decoded(type, Convert.FromHexString(stored.RootElement.GetProperty(name).GetString()!), expected.Length));
    }

    [Theory]
    [InlineData(GgufType.Q8_0, 127 * 2)]
    [InlineData(GgufType.Q4_0, 8)]
    public void The_error_is_at_most_a_step(GgufType type, int steps)
    {
        var random = new Random(3);
        var source = Enumerable.Range(0, 32 * 50).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var restored = Decoded(type, Encoded(type, source), source.Length);
        for (var block = 0; block < source.Length; block += 32)
        {
            // A step, and what rounding the scale to half precision adds.
            var largest = source.Skip(block).Take(32).Max(MathF.Abs);
            Assert.All(Enumerable.Range(block, 32), i => Assert.InRange(MathF.Abs(restored[i] - source[i]), 0, (largest / steps) + (largest / 2048)));
        }
    }

    private static JsonDocument Stored() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder("gguf-blocks"), "ggml.json")));

    private static float[] Floats(JsonDocument stored, string name) =>
        MemoryMarshal.Cast<byte, float>(Convert.FromHexString(stored.RootElement.GetProperty(name).GetString()!)).ToArray();

    private static byte[] Encoded(GgufType type, float[] source)
    {
        var bytes = new byte[type.Bytes(source.Length)];
        GgufNumbers.Encode(type, source, bytes);
        return bytes;
    }

    private static float[] Decoded(GgufType type, byte[] bytes, int count)
    {
        var values = new float[count];
        GgufNumbers.Decode(type, bytes, values);
        return values;
    }
}
