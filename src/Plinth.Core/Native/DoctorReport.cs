using System.Globalization;
using System.Text;

namespace Plinth.Core.Native;

/// <summary>How much a finding matters.</summary>
public enum FindingLevel
{
    /// <summary>Works, but slower, smaller or less sure than it could.</summary>
    Warning,

    /// <summary>Does not work, or computes wrongly.</summary>
    Error,
}

/// <summary>Something that is not as it should be.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Message">What it is, and how to mend it.</param>
public sealed record Finding(FindingLevel Level, string Message);

/// <summary>One device: what it was measured to do and whether it computes rightly.</summary>
/// <param name="Name">As torch calls it, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Speed">Measured numbers; null when the device does not work or was not measured.</param>
/// <param name="SelfTest">The operations that were checked.</param>
public sealed record DeviceReport(string Name, DeviceSpeed? Speed, IReadOnlyList<SelfTestResult> SelfTest);

/// <summary>What <see cref="Doctor"/> found. Its text is the whole report.</summary>
public sealed record DoctorReport
{
    /// <summary>The machine.</summary>
    public required SystemFacts System { get; init; }

    /// <summary>The native libraries, or null when they cannot be loaded.</summary>
    public required NativeReport? Native { get; init; }

    /// <summary>The devices, each tried; empty when the native libraries cannot be loaded.</summary>
    public required IReadOnlyList<DeviceReport> Devices { get; init; }

    /// <summary>What is not as it should be, errors first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Whether everything that is there works; warnings do not count.</summary>
    public bool IsHealthy => Findings.All(finding => finding.Level != FindingLevel.Error);

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        Line("system", $"{System.OperatingSystem}, {System.Platform}, {System.Framework}");
        Line("processor", $"{System.Processor} ({System.CoreCount} cores, {System.TorchThreadCount} torch threads; {string.Join(", ", System.VectorInstructions)})");
        Line("memory", $"{Gigabytes(System.FreeMemoryBytes)} free of {Gigabytes(System.MemoryBytes)}");
        foreach (var (folder, free) in System.FreeDiskBytes)
        {
            Line("disk", $"{Gigabytes(free)} free in {folder}");
        }

        if (Native is { } native)
        {
            Line("libtorch", $"{native.TorchVersion}{(native.HasCuda ? " with CUDA" : "")} from {native.TorchFolder}");
            Line("shim", $"{native.ShimPath}{(native.ShimIsPatched ? " (relaxed in memory for this system's older C++ library)" : "")}");
        }

        foreach (var device in Devices)
        {
            Line(device.Name, device.Speed?.ToString() ?? "not measured");
            foreach (var test in device.SelfTest)
            {
                Line("", string.Create(CultureInfo.InvariantCulture, $"{(test.IsOk ? "ok  " : "FAIL")} {test.Name}  {(test.Error ?? $"difference {test.WorstDifference:0.0e+0}, allowed {test.Tolerance:0.0e+0}")}"));
            }
        }

        foreach (var finding in Findings)
        {
            Line(finding.Level == FindingLevel.Error ? "ERROR" : "warning", finding.Message);
        }

        Line("result", IsHealthy ? "healthy" : "not healthy");
        return text.ToString();

        void Line(string title, string value) => text.Append(title.PadRight(11)).Append(value).Append('\n');
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
