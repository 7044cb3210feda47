using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Export.Onnx;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

public sealed class AdapterMergeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("lora-llama-lm", 4, "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("lora-gpt2-lm", 6, "transformer.h.0.attn.c_attn.weight")]
    public void The_merged_checkpoint_computes_what_base_and_adapter_do(string name, int changed, string matrix)
    {
        using var golden = GoldenCase.Open(name);
        var report = AdapterMerge.Write(Path.Combine(golden.Folder, "adapter"), golden.Folder, folder.Path("merged"));
        Assert.Equal(changed, report.ChangedCount);
        Assert.Empty(report.HeadWeights);
        using (var weights = WeightFiles.Open(folder.Path("merged")))
        using (var merged = weights.Read(matrix))
        {
            Assert.All(merged.contiguous().data<float>().Zip(golden.Floats("merged." + matrix).Values), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
        }

        OnnxExport.Write(folder.Path("merged"), folder.Path("merged.onnx"), cancellation: TestContext.Current.CancellationToken);
        using var session = OnnxEngine.Open(folder.Path("merged.onnx"));
        var logits = OnnxEngine.Run(session, golden.InputsFor(session))["logits"];
        Assert.InRange(golden.WorstDifference("merged.logits", logits), 0, 5e-5f);
        Assert.InRange(golden.WorstDifference("logits", logits), 0, 5e-5f);
    }

    [Theory]
    [InlineData("lora-llama-lm")]
    [InlineData("lora-gpt2-lm")]
    public void The_merged_folder_loads_again(string name)
    {
        using var golden = GoldenCase.Open(name);
        AdapterMerge.Write(Path.Combine(golden.Folder, "adapter"), golden.Folder, folder.Path("merged"));
        using var model = Checkpoint.Load(folder.Path("merged"), ModelCatalog.Families).Model;
        Assert.Equal(HeadKind.CausalLanguageModeling, model.HeadKind);
    }

    [Fact]
    public void A_head_of_the_adapter_s_own_goes_along()
    {
        using var golden = GoldenCase.Open("lora-gpt2-lm");
        var source = Path.Combine(golden.Folder, "adapter");
        Directory.CreateDirectory(folder.Path("adapter"));
        var config = Checkpoint.ReadJson(Path.Combine(source, "adapter_config.json"));
        config["task_type"] = "SEQ_CLS";
        config["modules_to_save"] = new JsonArray("score");
        File.WriteAllText(folder.Path("adapter", "adapter_config.json"), config.ToJsonString());
        File.WriteAllText(folder.Path("adapter", "config.json"), """{"id2label": {"0": "no", "1": "yes", "2": "perhaps"}}""");
        using (var scope = NewDisposeScope())
        using (var file = SafetensorsFile.Open(Path.Combine(source, "adapter_model.safetensors")))
        {
            var weights = file.Entries.Keys.Select(name => KeyValuePair.Create(name, file.Read(name))).ToList();
            weights.Add(new("base_model.model.score.weight", ones(3, 24)));
            SafetensorsWriter.Write(folder.Path("adapter", "adapter_model.safetensors"), weights);
        }

        var report = AdapterMerge.Write(folder.Path("adapter"), golden.Folder, folder.Path("merged"));
        Assert.Equal(["score.weight"], report.HeadWeights);
        var merged = Checkpoint.ReadJson(folder.Path("merged", "config.json"));
        Assert.Equal("GPT2ForSequenceClassification", (string?)merged["architectures"]![0]);
        Assert.Equal("perhaps", (string?)merged["id2label"]!["2"]);
        using var written = WeightFiles.Open(folder.Path("merged"));
        Assert.Equal([3, 24], written.Entries["score.weight"].Shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_classifier_on_a_word_model_merges_into_one_checkpoint(bool isHeadAlone)
    {
        string[] labels = ["no", "yes", "perhaps"];
        using (var words = TinyModels.For(HeadKind.MaskedLanguageModeling, 97))
        {
            Checkpoint.Save(words, folder.Path("base"));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Checkpoint.Load(folder.Path("base"), ModelCatalog.Families, new() { Head = HeadKind.SequenceClassification, Labels = labels, AllowFreshHead = true }).Model;
        using var set = isHeadAlone
            ? AdapterSet.HeadOnly(model)
            : new AdapterSet(model, new LowRankOptions { Rank = 2 }, name => name.StartsWith("backbone.", StringComparison.Ordinal), withHead: true);
        foreach (var weight in set.Parameters)
        {
            weight.copy_(randn(weight.shape) * 0.3);
        }

        set.Train(false);
        set.Activate();
        var batch = new TextBatch { InputIds = (arange(0, 18, ScalarType.Int64) * 7 % 97).view(2, 9) };
        var expected = model.Logits(batch);
        TaskModel.SaveAdapter(set, model, folder.Path("adapter"), folder.Path("base"));

        var report = AdapterMerge.Write(folder.Path("adapter"), FolderModel.BaseOf(folder.Path("adapter")), folder.Path("merged"));
        Assert.Contains("classifier.weight", report.HeadWeights);
        var merged = Checkpoint.Load(folder.Path("merged"), ModelCatalog.Families);
        using var loaded = merged.Model;
        Assert.Equal(HeadKind.SequenceClassification, loaded.HeadKind);
        Assert.Equal(labels, loaded.Config.Labels);
        Assert.Empty(merged.Report.Unused);
        Assert.InRange((expected - loaded.Logits(batch)).abs().max().item<float>(), 0, 1e-5f);
    }

    [Fact]
    public void The_element_type_of_the_base_is_kept()
    {
        using var golden = GoldenCase.Open("lora-llama-lm");
        CheckpointCopy.Write(golden.Folder, folder.Path("base"), weights =>
        {
            foreach (var name in weights.Keys.ToList())
            {
                weights[name] = weights[name].to(bfloat16);
            }
        });
        AdapterMerge.Write(Path.Combine(golden.Folder, "adapter"), folder.Path("base"), folder.Path("merged"));
        using var merged = WeightFiles.Open(folder.Path("merged"));
        Assert.All(merged.Entries.Values, entry => Assert.Equal(ScalarType.BFloat16, entry.Type));
    }

    [Fact]
    public void Another_base_is_refused_by_name()
    {
        using var golden = GoldenCase.Open("lora-llama-lm");
        using var other = GoldenCase.Open("gpt2-lm");
        var adapter = Path.Combine(golden.Folder, "adapter");
        Assert.Contains("q_proj.weight", Assert.Throws<CheckpointException>(() => AdapterMerge.Write(adapter, other.Folder, folder.Path("merged"))).Message, StringComparison.Ordinal);
        using var wider = GoldenCase.Open("llama-lm");
        Assert.Contains("lora_A", Assert.Throws<CheckpointException>(() => AdapterMerge.Write(adapter, wider.Folder, folder.Path("merged"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void The_base_is_not_overwritten()
    {
        using var golden = GoldenCase.Open("lora-llama-lm");
        Assert.Contains("another folder", Assert.Throws<PlinthException>(() => AdapterMerge.Write(Path.Combine(golden.Folder, "adapter"), golden.Folder, golden.Folder)).Message, StringComparison.Ordinal);
    }
}
