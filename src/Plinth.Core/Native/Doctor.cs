using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>Examines the installation: loads the native libraries, tries and measures every device, and says how to mend what is wrong.</summary>
public static class Doctor
{
    private const long LittleMemory = 2_000_000_000, LittleDisk = 1_000_000_000;

    /// <summary>Examines everything; takes a few seconds per device.</summary>
    /// <param name="timePerNumber">Time for each measured number, see <see cref="DeviceProbe.Measure"/>.</param>
    public static DoctorReport Examine(TimeSpan? timePerNumber = null)
    {
        var findings = new List<Finding>();
        var native = Load(findings);
        var facts = SystemFacts.Look(native is not null);
        List<DeviceReport> devices = [];
        if (native is not null)
        {
            devices.AddRange(Devices(native, findings).Select(device => Try(device, timePerNumber, findings)));
        }

        Judge(facts, findings);
        return new DoctorReport { System = facts, Native = native, Devices = devices, Findings = [.. findings.OrderByDescending(finding => finding.Level)] };
    }

    private static NativeReport? Load(List<Finding> findings)
    {
        try
        {
            var report = TorchRuntime.Report;
            findings.AddRange(report.Warnings.Select(warning => new Finding(FindingLevel.Warning, warning)));
            return report;
        }
        catch (PlinthException error)
        {
            findings.Add(new(FindingLevel.Error, error.Message));
            return null;
        }
    }

    private static List<Device> Devices(NativeReport native, List<Finding> findings)
    {
        List<Device> devices = [CPU];
        if (native.HasCuda && cuda.is_available())
        {
            devices.AddRange(Enumerable.Range(0, cuda.device_count()).Select(index => new Device(DeviceType.CUDA, index)));
        }
        else if (native.HasCuda)
        {
            findings.Add(new(FindingLevel.Warning, "A CUDA build of libtorch is loaded, but it finds no device. Check that the driver is installed (`nvidia-smi`) and that CUDA_VISIBLE_DEVICES is not empty."));
        }
        else if (File.Exists("/dev/nvidiactl"))
        {
            findings.Add(new(FindingLevel.Warning,
                $"This machine has an NVIDIA device, but the libtorch that is loaded is for the CPU. Set {NativeFolders.TorchVariable} to the lib folder of a PyTorch 2.10 with CUDA (site-packages/torch/lib)."));
        }

        if (OperatingSystem.IsMacOS() && mps_is_available())
        {
            devices.Add(new Device(DeviceType.MPS));
        }

        return devices;
    }

    private static DeviceReport Try(Device device, TimeSpan? time, List<Finding> findings)
    {
        var name = device.type == DeviceType.CUDA ? $"cuda:{device.index}" : device.type.ToString().ToLowerInvariant();
        try
        {
            var report = new DeviceReport(name, DeviceProbe.Measure(device, time), SelfTest.Run(device));
            var failed = report.SelfTest.Where(test => !test.IsOk).Select(test => test.Name).ToList();
            if (failed.Count > 0)
            {
                findings.Add(new(FindingLevel.Error,
                    $"{name} computes wrongly or not at all: {string.Join(", ", failed)}. Trust no number from it. Unset {NativeFolders.TorchVariable} to use the libtorch that belongs to this build, or choose another device."));
            }

            return report;
        }
        catch (PlinthException error)
        {
            findings.Add(new(FindingLevel.Error, error.Message));
            return new(name, null, []);
        }
    }

    private static void Judge(SystemFacts facts, List<Finding> findings)
    {
        if (facts.Platform.EndsWith("x64", StringComparison.Ordinal) && !facts.VectorInstructions.Contains("AVX2"))
        {
            findings.Add(new(FindingLevel.Warning, "This processor has no AVX2, so that everything is several times slower. In a virtual machine, pass the host's processor through."));
        }

        if (facts.FreeMemoryBytes < LittleMemory)
        {
            findings.Add(new(FindingLevel.Warning, $"Less than {LittleMemory / 1e9:0} GB of memory are free; only small models can be trained. Close other programs or raise the container's limit."));
        }

        foreach (var (folder, _) in facts.FreeDiskBytes.Where(disk => disk.Value < LittleDisk))
        {
            findings.Add(new(FindingLevel.Warning, $"Less than {LittleDisk / 1e9:0} GB of disk are free in '{folder}'; checkpoints may not fit. Free some space or work in another folder."));
        }
    }
}
