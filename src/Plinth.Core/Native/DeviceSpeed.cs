namespace Plinth.Core.Native;

/// <summary>What a device was measured to do, each the best of several tries; null where the device refuses the operation.</summary>
public sealed record DeviceSpeed
{
    /// <summary>Matrix multiplication in float32, 10^9 operations per second (a multiply-add counts as two).</summary>
    public required double? Float32Gigaflops { get; init; }

    /// <summary>Matrix multiplication in bfloat16, 10^9 operations per second.</summary>
    public required double? BFloat16Gigaflops { get; init; }

    /// <summary>Reading a tensor larger than any cache (its sum), 10^9 bytes per second.</summary>
    public required double? ReadGigabytes { get; init; }

    /// <summary>Copying such a tensor, bytes read plus bytes written, 10^9 per second.</summary>
    public required double? CopyGigabytes { get; init; }

    /// <summary>One addition of one number and waiting for its value, microseconds (median).</summary>
    public required double? RoundTripMicroseconds { get; init; }

    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant(
        $"{Show(Float32Gigaflops)} GFLOP/s float32, {Show(BFloat16Gigaflops)} GFLOP/s bfloat16, {Show(ReadGigabytes)} GB/s read, {Show(CopyGigabytes)} GB/s copy, {Show(RoundTripMicroseconds)} µs round trip");

    private static string Show(double? value) =>
        value?.ToString(value < 100 ? "0.0" : "0", System.Globalization.CultureInfo.InvariantCulture) ?? "no";
}
