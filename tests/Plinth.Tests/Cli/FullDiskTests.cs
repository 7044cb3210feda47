using System.Diagnostics;
using Plinth.Cli;
using Plinth.Cli.Commands;

namespace Plinth.Tests.Cli;

/// <summary>A run on a disk that fills up: a small file system in memory, in a name space of its own.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_full_disk_ends_a_run_with_a_clear_error_and_loses_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && (await Shell("true", folder.Root)).Code == 0, "This system lets a test mount no file system of its own.");
        var recipe = folder.Path("recipe.yaml");
        File.WriteAllText(folder.Path("texts.csv"), "text\n" + string.Join('\n', Enumerable.Range(0, 60).Select(i => $"the bird number {i} sings of {i * 7 % 13} trees")));
        File.WriteAllText(recipe, $"""
            name: full
            model: {"{"} family: bert, layer_count: 2, hidden_size: 64, head_count: 2, maximum_length: 32 {"}"}
            tokenizer: {"{"} kind: word_piece, vocabulary_size: 200 {"}"}
            data: {"{"} path: {folder.Path("texts.csv")}, validation_share: 0.1 {"}"}
            training: {"{"} steps: 30, batch_size: 8, snapshot_every: 5 {"}"}
            """);
        var (disk, peace) = (Directory.CreateDirectory(folder.Path("disk")).FullName, folder.Path("peace"));
        string Train(string target) => Quoted(TortureCommand.StartOf(["pretrain", recipe, $"folder={target}"]));
        // Weights and moments are 1.4 MB: one snapshot fits, and what a run keeps in all does not.
        var (code, output) = await Shell($"""
            mount -t tmpfs -o size=3m tmpfs '{disk}'
            {Train(disk + "/run")}; echo "first: $?"
            ls '{disk}/run/snapshot'
            mount -o remount,size=64m '{disk}'
            {Train(disk + "/run")}; echo "second: $?"
            {Train(peace)} > /dev/null
            cmp '{disk}/run/checkpoint/model.safetensors' '{peace}/checkpoint/model.safetensors' && echo same
            """, folder.Root);

        Assert.True(code == ExitCodes.Success, output);
        Assert.Contains("disk (or quota) is full", output, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", output, StringComparison.Ordinal);
        Assert.Contains("first: 2", output, StringComparison.Ordinal);
        Assert.Contains("step-000000000005", output, StringComparison.Ordinal);
        Assert.Contains("going on from step", output, StringComparison.Ordinal);
        Assert.Contains("second: 0", output, StringComparison.Ordinal);
        Assert.EndsWith("same\n", output, StringComparison.Ordinal);
    }

    private static string Quoted(ProcessStartInfo start) => string.Join(' ', start.ArgumentList.Prepend(start.FileName).Select(part => $"'{part}'"));

    private static async Task<(int Code, string Output)> Shell(string script, string folder)
    {
        var file = Path.Combine(folder, "script.sh");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("sh", ["-c", $"unshare -Urm sh -c 'mount -t tmpfs -o size=1m tmpfs \"$1\" && umount \"$1\" && sh \"$2\" 2>&1' sh \"{Directory.CreateDirectory(Path.Combine(folder, "probe")).FullName}\" \"{file}\""])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var complaint = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await complaint;
        return (process.ExitCode, output);
    }
}
