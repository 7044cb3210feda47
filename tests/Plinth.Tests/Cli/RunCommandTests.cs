using System.Text.Json.Nodes;
using Plinth.Cli;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Cli;

/// <summary><c>plinth run</c> as a user calls it.</summary>
public sealed class RunCommandTests : IDisposable
{
    private static readonly string[] Reviews = ["it was good", "bad, \"really\" bad", "good good good film", "film"];
    private readonly TemporaryFolder folder = new();

    public RunCommandTests()
    {
        var tokenizer = WordPieceTrainer.Train(Reviews, new() { VocabularySize = 200, MinimumFrequency = 1 });
        using var scope = NewDisposeScope();
        using var model = Inference.InferenceModels.Sharpen(TinyModels.For(HeadKind.SequenceClassification, tokenizer.VocabularySize, ["no", "yes"]));
        Checkpoint.Save(model, folder.Path("model"), tokenizer.Save);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_text_gives_lines_or_one_JSON_object()
    {
        var (code, output, _) = await CommandLineTests.Run("run", "text-classification", folder.Path("model"), Reviews[0]);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Equal(2, output.TrimEnd().Split('\n').Length);
        (code, output, _) = await CommandLineTests.Run("run", "text_classification", folder.Path("model"), Reviews[0], "--json", "--top", "1");
        Assert.Equal(ExitCodes.Success, code);
        var json = JsonNode.Parse(Assert.Single(output.TrimEnd().Split('\n')))!.AsObject();
        Assert.Equal(["label", "score", "scores"], json.Select(field => field.Key));
        Assert.Single(json["scores"]!.AsObject());
    }

    [Fact]
    public async Task Rows_of_a_file_are_answered_as_their_texts_alone()
    {
        var input = folder.Path("in.csv");
        await File.WriteAllTextAsync(input, "id,review\n" + string.Concat(Reviews.Select((text, i) => $"{i},\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n")) + "9\n", TestContext.Current.CancellationToken);
        string[] call = ["run", "text_classification", folder.Path("model"), "--input", input, "--output", folder.Path("out.parquet"), "--column", "text=review", "--batch-size", "2"];
        var (code, _, error) = await CommandLineTests.Run(call);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("in.csv:6", error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Path("out.parquet")));

        (code, _, error) = await CommandLineTests.Run([.. call, "--skip-bad"]);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("4 rows", error, StringComparison.Ordinal);
        Assert.Contains("1 left out", error, StringComparison.Ordinal);
        using var source = RowFiles.Open(folder.Path("out.parquet"));
        var rows = source.Rows().Select(row => row.Fields).ToList();
        Assert.Equal(["0", "1", "2", "3"], rows.Select(row => (string)row["id"]!));
        foreach (var (text, row) in Reviews.Zip(rows))
        {
            var (_, output, _) = await CommandLineTests.Run("run", "text_classification", folder.Path("model"), text, "--json");
            var alone = JsonNode.Parse(output)!;
            Assert.Equal((string)alone["label"]!, (string)row["label"]!);
            Assert.Equal((double)alone["score"]!, (double)row["score"]!, 1e-4);
            Assert.Equal(text, (string)row["review"]!);
        }
    }

    [Theory]
    [InlineData("Give either", "run", "text_classification", "MODEL")]
    [InlineData("Give either", "run", "text_classification", "MODEL", "text", "--input", "x.csv")]
    [InlineData("belong to --input", "run", "text_classification", "MODEL", "text", "--output", "x.csv")]
    [InlineData("label_smoothing", "run", "text_classification", "MODEL", "text", "--set", "label_smothing=1")]
    [InlineData("batch size", "run", "text_classification", "MODEL", "text", "--batch-size", "0")]
    [InlineData("needs a sequence classifier with a class named 'entailment'", "run", "zero-shot-classification", "MODEL", "text", "--choice", "a")]
    [InlineData("Rows are written to", "run", "text_classification", "MODEL", "--input", "x.csv", "--output", "x.doc")]
    [InlineData("There is no file", "run", "text_classification", "MODEL", "--input", "no.csv", "--output", "x.csv")]
    public async Task Impossible_calls_are_one_paragraph(string told, params string[] args)
    {
        var (code, _, error) = await CommandLineTests.Run([.. args.Select(arg => arg == "MODEL" ? folder.Path("model") : arg)]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
