using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using Xunit;

namespace Plinth.Tests.Core;

public class DoctorTests
{
    [Fact]
    public void A_working_machine_is_healthy_and_its_cpu_is_measured()
    {
        var report = Doctor.Examine(TimeSpan.FromMilliseconds(20));

        Assert.True(report.IsHealthy, report.ToString());
        var cpu = report.Devices[0];
        Assert.Equal("cpu", cpu.Name);
        Assert.InRange(cpu.Speed!.Float32Gigaflops!.Value, 0.01, 1e6);
        Assert.InRange(cpu.Speed.ReadGigabytes!.Value, 0.01, 1e5);
        Assert.InRange(cpu.Speed.CopyGigabytes!.Value, 0.01, 1e5);
        Assert.InRange(cpu.Speed.RoundTripMicroseconds!.Value, 0.01, 1e6);
        Assert.Equal(TorchRuntime.Report.TorchFolder, report.Native!.TorchFolder);
        Assert.True(report.System.FreeMemoryBytes > 0 && report.System.MemoryBytes >= report.System.FreeMemoryBytes);
        Assert.Contains("healthy", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_makes_the_report_unhealthy_and_a_warning_does_not()
    {
        var report = Doctor.Examine(TimeSpan.FromMilliseconds(1));

        Assert.True((report with { Findings = [new(FindingLevel.Warning, "w")] }).IsHealthy);
        var sick = report with { Findings = [new(FindingLevel.Warning, "w"), new(FindingLevel.Error, "broken")] };
        Assert.False(sick.IsHealthy);
        Assert.Contains("broken", sick.ToString(), StringComparison.Ordinal);
        Assert.Contains("not healthy", sick.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_clear_error()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "needs a machine without CUDA");

        var error = Assert.Throws<PlinthException>(() => DeviceProbe.Measure(new torch.Device(DeviceType.CUDA, 0)));

        Assert.Contains("cuda", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_variable_that_names_a_wrong_folder_is_one_clear_error()
    {
        const string variable = "PLINTH_TEST_LIBTORCH";
        using var scratch = new ScratchFolder();
        try
        {
            Assert.Contains("no such folder", Refused(scratch["absent"]), StringComparison.Ordinal);
            Assert.Contains(NativeFolders.FileName("torch_cpu"), Refused(scratch.Path), StringComparison.Ordinal);

            Directory.CreateDirectory(scratch["lib"]);
            scratch.Write(Path.Combine("lib", NativeFolders.FileName("torch_cpu")), []);
            Assert.Equal(scratch["lib"], NativeFolders.Find(variable, "", "torch_cpu"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        string Refused(string folder)
        {
            Environment.SetEnvironmentVariable(variable, folder);
            var message = Assert.Throws<PlinthException>(() => NativeFolders.Find(variable, "", "torch_cpu")).Message;
            Assert.Contains(variable, message, StringComparison.Ordinal);
            Assert.Contains(folder, message, StringComparison.Ordinal);
            return message;
        }
    }

    [Theory]
    [InlineData("linux-arm64")]
    [InlineData("osx-x64")]
    public void Systems_without_packages_are_told_which_variables_to_set(string rid)
    {
        var message = TorchRuntime.Missing("libtorch", "", rid).Message;

        Assert.Contains(rid, message, StringComparison.Ordinal);
        Assert.Contains("PLINTH_LIBTORCH ", message, StringComparison.Ordinal);
        Assert.Contains("PLINTH_LIBTORCHSHARP ", message, StringComparison.Ordinal);
    }
}
