using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>Measures what a device really does; nothing is taken from its name or configuration.</summary>
public static class DeviceProbe
{
    private const int SmallestMatrix = 256, LargestMatrix = 8192;
    private const long LargestBuffer = 1L << 30, CpuBuffer = 1L << 28;

    private static readonly TimeSpan defaultTime = TimeSpan.FromMilliseconds(300);

    /// <summary>Measures a device.</summary>
    /// <param name="device">The device; it must exist.</param>
    /// <param name="timePerNumber">How long each of the five numbers may take; 300 ms when null. Less is less exact.</param>
    /// <exception cref="PlinthException">The device does not work at all.</exception>
    public static DeviceSpeed Measure(Device device, TimeSpan? timePerNumber = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        TorchRuntime.EnsureLoaded();
        var time = timePerNumber ?? defaultTime;
        using var noGradients = no_grad();
        try
        {
            using var one = ones(1, device: device);
            Wait(one);
        }
        catch (Exception error) when (error is ExternalException or InvalidOperationException) // refused by libtorch or by TorchSharp
        {
            throw new PlinthException($"The device {device} does not work: {FirstLine(error)} Check its driver, or choose another device.", error);
        }

        return new DeviceSpeed
        {
            Float32Gigaflops = Multiply(device, ScalarType.Float32, time),
            BFloat16Gigaflops = Multiply(device, ScalarType.BFloat16, time),
            ReadGigabytes = Try(() => Stream(device, time, (source, _) => source.sum(), passes: 1)),
            CopyGigabytes = Try(() => Stream(device, time, (source, target) => target.copy_(source).alias(), passes: 2)),
            RoundTripMicroseconds = Try(() => RoundTrip(device, time)),
        };
    }

    /// <summary>Measures matrix multiplication alone, by the code that layers take for it on this machine.</summary>
    /// <param name="device">The device; it must exist.</param>
    /// <param name="type">In which numbers.</param>
    /// <param name="time">How long it may take. Less is less exact.</param>
    /// <returns>10^9 operations per second (a multiply-add counts as two); null where the device refuses them.</returns>
    public static double? Multiply(Device device, ScalarType type, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(device);
        TorchRuntime.EnsureLoaded();
        using var noGradients = no_grad();
        return Try(() => FastestProduct(device, type, time));
    }

    private static double FastestProduct(Device device, ScalarType type, TimeSpan time)
    {
        using var scope = NewDisposeScope();
        var size = SmallestMatrix;
        var seconds = Time(size, repetitions: 2);

        // Grow until one product fills its share of the time: small ones measure the start of an operation instead.
        while (size < LargestMatrix && seconds * 8 < time.TotalSeconds / 4)
        {
            size *= 2;
            seconds = Time(size, repetitions: 2);
        }

        var tries = (int)Math.Clamp(time.TotalSeconds / seconds, 2, 1000);
        return 2.0 * size * size * size / Math.Min(seconds, Time(size, tries)) / 1e9;

        double Time(int n, int repetitions)
        {
            using var inner = NewDisposeScope();
            var left = full(n, n, 0.5, dtype: type, device: device);
            var right = full(n, n, 0.25, dtype: type, device: device);
            return Best(repetitions, () => OneDnn.Suits(left, right, null) ? OneDnn.Linear(left, right) : left.matmul(right));
        }
    }

    private static double Stream(Device device, TimeSpan time, Func<Tensor, Tensor, Tensor> pass, int passes)
    {
        using var scope = NewDisposeScope();
        var most = device.type == DeviceType.CPU ? Math.Min(CpuBuffer, SystemFacts.AvailableMemory() / 8) : LargestBuffer;
        var count = Math.Max(most / sizeof(float), 1 << 16);
        var source = ones(count, device: device);
        var target = zeros(count, device: device);
        var seconds = Best(2, () => pass(source, target));
        var tries = (int)Math.Clamp(time.TotalSeconds / seconds, 2, 1000);
        return passes * count * sizeof(float) / Math.Min(seconds, Best(tries, () => pass(source, target))) / 1e9;
    }

    private static double RoundTrip(Device device, TimeSpan time)
    {
        using var number = ones(1, device: device);
        var samples = new List<double>();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time || samples.Count < 10)
        {
            var start = Stopwatch.GetTimestamp();
            using (var sum = number.add(number))
            {
                Wait(sum);
            }

            samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        samples.Sort();
        return samples[samples.Count / 2];
    }

    // The first run warms up and is not counted.
    private static double Best(int repetitions, Func<Tensor> operation)
    {
        var best = double.MaxValue;
        for (var i = 0; i <= repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using (var result = operation())
            {
                Wait(result);
            }

            best = i == 0 ? best : Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    // Devices work asynchronously: a value that arrives is the proof that the work is done.
    private static void Wait(Tensor tensor)
    {
        using var flat = tensor.view(-1);
        using var last = flat[flat.shape[0] - 1];
        last.ToSingle();
    }

    private static double? Try(Func<double> measure)
    {
        try
        {
            return measure();
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].Trim().TrimEnd('.') + ".";
}
