using Plinth.Core.Native;
using TorchSharp;
using Xunit;

namespace Plinth.Tests.Core;

public class TorchRuntimeTests
{
    [Fact]
    public void The_first_torch_call_finds_its_libraries()
    {
        using var ones = torch.ones(3, 4);
        using var product = ones.matmul(ones.t());

        Assert.Equal(36, product.sum().ToDouble());
    }

    [Fact]
    public void The_report_names_files_that_exist_and_a_version_that_fits()
    {
        var report = TorchRuntime.Report;

        Assert.True(Directory.Exists(report.TorchFolder));
        Assert.True(File.Exists(report.ShimPath));
        Assert.Equal(0x020AUL, report.Abi >> 48);
        Assert.StartsWith("2.10.", report.TorchVersion, StringComparison.Ordinal);
        Assert.All(report.LoadedFiles, file => Assert.True(File.Exists(file), file));
        Assert.Contains(report.LoadedFiles, file => file.Contains("torch_cpu", StringComparison.Ordinal));
        Assert.Equal(report.ShimPath, report.LoadedFiles[^1]);
    }

    [Fact]
    public void The_output_folder_holds_no_libtorch() =>
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch_cpu*", SearchOption.AllDirectories));

    [Fact]
    public void The_thread_count_can_be_changed()
    {
        var before = TorchRuntime.ThreadCount;
        try
        {
            TorchRuntime.ThreadCount = 1;
            Assert.Equal(1, TorchRuntime.ThreadCount);
            Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.ThreadCount = 0);
        }
        finally
        {
            TorchRuntime.ThreadCount = before;
        }
    }
}
