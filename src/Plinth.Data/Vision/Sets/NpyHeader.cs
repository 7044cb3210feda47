using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>What a NumPy array file says of itself. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html</summary>
/// <param name="Type">Type of the values, for example <c>|u1</c>.</param>
/// <param name="Shape">Lengths of the axes.</param>
internal sealed partial record NpyHeader(string Type, IReadOnlyList<long> Shape)
{
    private const int LongestHeader = 1 << 16;

    /// <summary>Reads the header; the values follow in the stream.</summary>
    /// <exception cref="BadInputException">It is not there or malformed.</exception>
    public static NpyHeader Read(Stream stream, string name)
    {
        Span<byte> head = stackalloc byte[8];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.StartsWith(Magic) || head[6] is < 1 or > 3)
        {
            throw Bad(name, "does not begin as a NumPy array");
        }

        var size = new byte[head[6] == 1 ? 2 : 4];
        var length = stream.ReadAtLeast(size, size.Length, throwOnEndOfStream: false) < size.Length ? 0
            : size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        var text = new byte[length is > 0 and <= LongestHeader ? length : throw Bad(name, $"claims a header of {length:N0} bytes")];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
        {
            throw Bad(name, "ends within its header");
        }

        var fields = Encoding.Latin1.GetString(text);
        var (type, order, shape) = (TypeField().Match(fields), OrderField().Match(fields), ShapeField().Match(fields));
        if (!type.Success || !order.Success || !shape.Success)
        {
            throw Bad(name, $"has a header of another form: {fields[..Math.Min(80, fields.Length)].Trim()}");
        }

        if (order.Groups[1].Value == "True" && shape.Groups[1].Value.Count(c => c == ',') > 1)
        {
            throw Bad(name, "has its axes in Fortran's order. Save it again with numpy.ascontiguousarray");
        }

        return new(type.Groups[1].Value, [.. shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(axis => long.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw Bad(name, $"has an axis '{axis}'"))]);
    }

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private static BadInputException Bad(string name, string what) => new($"{name} {what}.");

    [GeneratedRegex("""'descr'\s*:\s*'([^']{1,16})'""")]
    private static partial Regex TypeField();

    [GeneratedRegex("""'fortran_order'\s*:\s*(True|False)""")]
    private static partial Regex OrderField();

    [GeneratedRegex("""'shape'\s*:\s*\(([0-9,\sL]{0,200})\)""")]
    private static partial Regex ShapeField();
}
