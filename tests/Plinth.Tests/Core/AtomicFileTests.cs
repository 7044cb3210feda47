using Plinth.Core;
using Plinth.Core.Files;
using Xunit;

namespace Plinth.Tests.Core;

public class AtomicFileTests
{
    [Fact]
    public void A_file_is_written_into_new_folders_and_replaced()
    {
        using var scratch = new ScratchFolder();
        var path = scratch[Path.Combine("a", "b", "file.txt")];

        AtomicFile.WriteText(path, "one");
        AtomicFile.WriteText(path, "zwölf");

        Assert.Equal("zw\u00f6lf"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var scratch = new ScratchFolder();
        AtomicFile.WriteText(scratch["file.txt"], "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(scratch["file.txt"], stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidOperationException("in between");
        }));

        Assert.Equal("old", File.ReadAllText(scratch["file.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(scratch.Path));
    }

    [Fact]
    public void A_full_disk_is_said_and_leaves_nothing()
    {
        using var scratch = new ScratchFolder();

        var error = Assert.Throws<PlinthException>(() => AtomicFile.Write(scratch["file.txt"], _ => throw new IOException("No space left on device", 28)));

        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Contains("file.txt", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Path));
    }

    [Fact]
    public void A_folder_in_the_way_and_a_file_as_a_folder_are_said()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["taken"]);
        File.WriteAllText(scratch["plain"], "");

        Assert.Contains("'" + scratch["taken"] + "'", Assert.Throws<PlinthException>(() => AtomicFile.WriteText(scratch["taken"], "")).Message, StringComparison.Ordinal);
        Assert.Throws<PlinthException>(() => AtomicFile.WriteText(scratch["plain/below"], ""));
        Assert.Equal(2, Directory.GetFileSystemEntries(scratch.Path).Length);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_said()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, which nobody can write to");

        var error = Assert.Throws<PlinthException>(() => AtomicFile.WriteText("/proc/plinth-test", ""));

        Assert.Contains("/proc/plinth-test", error.Message, StringComparison.Ordinal);
    }
}
