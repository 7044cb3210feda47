using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text;

public sealed class SentenceModulesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_of_the_reference_says_what_it_does()
    {
        var modules = SentenceModules.Read(Fixtures.Folder("sentence-transformers-mean"))!;
        Assert.Equal([Pooling.Mean], modules.Pooling);
        Assert.Equal([new NormalizeStep()], modules.Steps);
        Assert.Equal((32, false, true), (modules.MaximumLength, modules.LowersCase, modules.PoolsPrompt));
        Assert.Null(SentenceModules.Read(Fixtures.Folder("bert-base")));
    }

    [Fact]
    public void What_is_saved_is_read_again()
    {
        var saved = new SentenceModules
        {
            Pooling = [Pooling.WeightedMean], Steps = [new NormalizeStep()], MaximumLength = 77, LowersCase = true, PoolsPrompt = false,
            Prompts = new Dictionary<string, string> { ["query"] = "find: " }, DefaultPrompt = "query",
        };
        saved.Save(folder.Root, 24);
        var read = SentenceModules.Read(folder.Root)!;
        Assert.Equal(saved.Pooling, read.Pooling);
        Assert.Equal(saved.Steps, read.Steps);
        Assert.Equal((77, true, false, "query", "find: "), (read.MaximumLength, read.LowersCase, read.PoolsPrompt, read.DefaultPrompt, read.Prompts["query"]));
        Assert.Equal(24, (int)JsonNode.Parse(File.ReadAllText(folder.Path("1_Pooling", "config.json")))!["word_embedding_dimension"]!);
    }

    [Theory]
    [InlineData("modules.json", "\"sentence_transformers.models.Normalize\"", "\"sentence_transformers.models.LSTM\"", "LSTM")]
    [InlineData("modules.json", "\"1_Pooling\"", "\"../elsewhere\"", "leads out of the folder")]
    [InlineData("modules.json", "\"1_Pooling\"", "7", "path is no text")]
    [InlineData("modules.json", "[", "{", "cannot be read")]
    [InlineData("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true", "\"pooling_mode_mean_tokens\": false", "no pooling")]
    [InlineData("1_Pooling/config.json", "\"pooling_mode_mean_tokens\"", "\"pooling_mode_magic\"", "'pooling_mode_magic' is not known")]
    [InlineData("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true", "\"pooling_mode_mean_tokens\": 1", "neither true nor false")]
    [InlineData("sentence_bert_config.json", "32", "-3", "max_seq_length")]
    public void What_is_not_known_is_refused_by_name(string file, string old, string changed, string told)
    {
        var source = Fixtures.Folder("sentence-transformers-mean");
        Directory.CreateDirectory(folder.Path("1_Pooling"));
        foreach (var name in (string[])["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"])
        {
            var text = File.ReadAllText(Path.Combine(source, name));
            File.WriteAllText(folder.Path(name), name == file ? text.Replace(old, changed, StringComparison.Ordinal) : text);
        }

        Assert.Contains(told, Assert.Throws<CheckpointException>(() => SentenceModules.Read(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_linear_layer_is_read_and_other_activations_are_refused()
    {
        new SentenceModules().Save(folder.Root, 8);
        var modules = JsonNode.Parse(File.ReadAllText(folder.Path("modules.json")))!.AsArray();
        modules.Add(new JsonObject { ["idx"] = 2, ["name"] = "2", ["path"] = "2_Dense", ["type"] = "sentence_transformers.models.Dense" });
        File.WriteAllText(folder.Path("modules.json"), modules.ToJsonString());
        Directory.CreateDirectory(folder.Path("2_Dense"));
        File.WriteAllText(folder.Path("2_Dense", "config.json"), """{"in_features": 8, "out_features": 4, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}""");
        Assert.Equal([new DenseStep(folder.Path("2_Dense"), 8, 4, false, false)], SentenceModules.Read(folder.Root)!.Steps);
        File.WriteAllText(folder.Path("2_Dense", "config.json"), """{"in_features": 8, "out_features": 4, "activation_function": "torch.nn.GELU"}""");
        Assert.Contains("torch.nn.GELU", Assert.Throws<CheckpointException>(() => SentenceModules.Read(folder.Root)).Message, StringComparison.Ordinal);
    }
}
