using Plinth.Cli;
using Plinth.Core.Checkpoints;
using Plinth.Export.Gguf;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Export;

public sealed class ExportCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Export_writes_the_type_asked_for_and_says_what_differs()
    {
        var path = folder.Path("model.gguf");
        var (code, output, _) = await CommandLineTests.Run("export", Fixtures.Folder("llama-lm"), "--to", "gguf", "--type", "q8_0", "--out", path);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("note: F16 instead of Q8_0", output, StringComparison.Ordinal);
        Assert.Contains(path, output, StringComparison.Ordinal);
        using var file = GgufFile.Open(path);
        Assert.Equal(GgufType.Q8_0, file.Entries["blk.0.attn_q.weight"].Type);
    }

    [Fact]
    public async Task Merge_then_export_goes_from_adapter_to_one_file()
    {
        var merged = folder.Path("merged");
        var golden = Fixtures.Folder("lora-llama-lm");
        var (code, output, _) = await CommandLineTests.Run("merge", Path.Combine(golden, "adapter"), "--base", golden, "--out", merged);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("4 matrices changed", output, StringComparison.Ordinal);
        using (var weights = WeightFiles.Open(merged))
        {
            Assert.Contains("lm_head.weight", weights.Entries.Keys);
        }

        (code, _, _) = await CommandLineTests.Run("export", merged, "--to", "onnx");
        Assert.Equal(ExitCodes.Success, code);
        Assert.True(File.Exists(merged + ".onnx"));
    }

    [Fact]
    public async Task A_half_of_a_clip_is_named_by_its_part()
    {
        var path = folder.Path("clip.onnx");
        var (code, _, _) = await CommandLineTests.Run("export", Fixtures.Folder("clip-full"), "--to", "onnx", "--part", "text", "--out", path);
        Assert.Equal(ExitCodes.Success, code);
        using var session = OnnxEngine.Open(path);
        Assert.Contains("text_embeds", session.OutputMetadata.Keys);
    }

    [Theory]
    [InlineData("--to onnx --type q8_0", "is for GGUF")]
    [InlineData("--to gguf --cache", "is for ONNX")]
    [InlineData("--to gguf --part vision", "is for ONNX")]
    [InlineData("--to onnx --part text", "one whole")]
    public async Task Options_of_the_other_form_are_refused(string options, string words)
    {
        var (code, _, error) = await CommandLineTests.Run(["export", Fixtures.Folder("llama-lm"), .. options.Split(' '), "--out", folder.Path("x")]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export", "no-such-folder", "--to", "gguf")]
    [InlineData("merge", "no-such-folder", "--out", "x")]
    public async Task A_folder_that_is_not_there_is_one_clear_paragraph(params string[] args)
    {
        var (code, _, error) = await CommandLineTests.Run(args);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("no-such-folder", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
