using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

/// <summary>Checkpoints are hostile until they fit: names, shapes, types and options are checked before anything computes.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_missing_weight_is_named()
    {
        Change(weights => weights.RemoveAll(w => w.Key == "transformer.ln_f.bias"));
        Assert.Contains("transformer.ln_f.bias", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_belongs_nowhere_is_named()
    {
        Change(weights => weights.Add(new("transformer.h.7.ln_1.weight", zeros(32))));
        Assert.Contains("transformer.h.7.ln_1.weight", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_shape_is_named_with_both_shapes()
    {
        Change(weights => Replace(weights, "transformer.wpe.weight", zeros(9, 32)));
        var message = Refusal();
        Assert.Contains("transformer.wpe.weight", message, StringComparison.Ordinal);
        Assert.Contains("[9, 32]", message, StringComparison.Ordinal);
        Assert.Contains("[64, 32]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Integers_are_no_weights()
    {
        Change(weights => Replace(weights, "transformer.ln_f.bias", zeros(32, ScalarType.Int64)));
        Assert.Contains("floating-point", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type", "\"no-such\"", "no-such")]
    [InlineData("model_type", "null", "model_type")]
    [InlineData("architectures", "[\"GPT2DoubleHeadsModel\"]", "GPT2DoubleHeadsModel")]
    [InlineData("n_embd", "\"wide\"", "n_embd")]
    [InlineData("n_layer", "-1", "n_layer")]
    [InlineData("n_layer", "2000000000", "n_layer")]
    [InlineData("n_head", "5", "heads")]
    [InlineData("activation_function", "\"swoosh\"", "swoosh")]
    [InlineData("add_cross_attention", "true", "add_cross_attention")]
    [InlineData("tie_word_embeddings", "false", "lm_head.weight")]
    public void A_config_that_is_wrong_or_not_supported_is_refused_by_name(string field, string value, string named)
    {
        Saved();
        var path = Path.Combine(folder.Path("model"), "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json[field] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        Assert.Contains(named, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1, 2]")]
    [InlineData("{\"model_type\": \"gpt2\", \"n_embd\": }")]
    public void A_malformed_config_names_its_file(string content)
    {
        Saved();
        File.WriteAllText(Path.Combine(folder.Path("model"), "config.json"), content);
        Assert.Contains("config.json", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_that_is_not_utf8_names_its_file()
    {
        Saved();
        File.WriteAllBytes(Path.Combine(folder.Path("model"), "config.json"), [0x7b, 0xff, 0xfe, 0x7d]);
        Assert.Contains("config.json", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_files_says_what_a_checkpoint_is()
    {
        Directory.CreateDirectory(folder.Path("model"));
        Assert.Contains("config.json", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_are_not_known_survive_a_round_trip()
    {
        Saved();
        var path = Path.Combine(folder.Path("model"), "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json["summary_type"] = "cls_index";
        File.WriteAllText(path, json.ToJsonString());
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Checkpoint.Save(model, folder.Path("again"));
        Assert.Equal("cls_index", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path("again"), "config.json")))!["summary_type"]);
    }

    [Fact]
    public void A_new_head_is_fresh_only_where_that_is_asked_for()
    {
        Saved();
        var options = new CheckpointOptions { Head = HeadKind.SequenceClassification, Labels = ["a", "b", "c"] };
        Assert.Throws<CheckpointException>(() => Checkpoint.Load(folder.Path("model"), ModelCatalog.Families, options));
        var loaded = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families, options with { AllowFreshHead = true });
        using var model = loaded.Model;
        Assert.Equal(["score.weight"], loaded.Report.Fresh);
        Assert.Equal(["a", "b", "c"], model.Config.Labels);
    }

    [Fact]
    public void A_crash_between_the_two_moves_loses_nothing()
    {
        Saved();
        Directory.Move(folder.Path("model"), folder.Path("model.replaced"));
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Assert.Equal("gpt2", model.Family.ModelType);
    }

    [Fact]
    public void A_save_that_fails_leaves_the_old_checkpoint()
    {
        Saved();
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Assert.Throws<PlinthException>(() => Checkpoint.Save(model, folder.Path("model"), _ => throw new IOException("disk full")));
        using var again = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Assert.Equal(["model"], Directory.GetDirectories(folder.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("llama", ScalarType.Float32)]
    [InlineData("llama", ScalarType.BFloat16)]
    [InlineData("gpt2", ScalarType.BFloat16)]
    public void Every_way_of_loading_gives_the_same_weights(string type, ScalarType stored)
    {
        var family = ModelCatalog.Families[type];
        using (var written = new Model(family, family.Shape(new(2, 32, 2, 101, 64)), HeadKind.CausalLanguageModeling))
        {
            written.to(stored);
            Checkpoint.Save(written, folder.Path("model"));
        }

        foreach (var target in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            using var source = WeightFiles.Open(folder.Path("model"));
            using var plain = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families, new() { Type = target }).Model;
            using var mapped = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families, new() { Type = target, IsMapped = true }).Model;
            foreach (var ((name, first), (_, second)) in plain.named_parameters().Zip(mapped.named_parameters()))
            {
                var key = family.Keys.ToForeign(name);
                var expected = source.Read(key.Name).to(target);
                expected = key.Layout == WeightLayout.Transposed && expected.dim() == 2 ? expected.t() : expected;
                Assert.Equal((name, target), (name, first.dtype));
                Assert.True(first.Equals(expected), name);
                Assert.True(second.Equals(expected), name);
            }
        }
    }

    [Fact]
    public void Loading_draws_no_random_numbers()
    {
        Saved();
        random.manual_seed(3);
        var expected = rand(4);
        random.manual_seed(3);
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Assert.True(rand(4).Equals(expected));
    }

    [Fact]
    public void A_mapped_model_stays_whole_when_its_folder_is_replaced_and_trains_without_touching_the_file()
    {
        Saved();
        var before = File.ReadAllBytes(folder.Path("model", "model.safetensors"));
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families, new() { IsMapped = true }).Model;
        var norm = model.named_parameters().First(entry => entry.name.EndsWith("norm.weight", StringComparison.OrdinalIgnoreCase)).parameter;
        using (no_grad())
        {
            norm.fill_(7);
        }

        Assert.Equal(before, File.ReadAllBytes(folder.Path("model", "model.safetensors")));
        Saved();
        using (no_grad())
        {
            Assert.True(model.Logits(new TextBatch { InputIds = arange(8, ScalarType.Int64).unsqueeze(0) }).isfinite().all().item<bool>());
            Assert.Equal(7, norm[0].item<float>());
        }
    }

    private string Refusal() => Assert.ThrowsAny<PlinthException>(() => Checkpoint.Load(folder.Path("model"), ModelCatalog.Families)).Message;

    private void Saved()
    {
        var family = ModelCatalog.Families["gpt2"];
        using var model = new Model(family, family.Shape(new(2, 32, 2, 101, 64)), HeadKind.CausalLanguageModeling);
        Checkpoint.Save(model, folder.Path("model"));
    }

    private void Change(Action<List<KeyValuePair<string, Tensor>>> change)
    {
        Saved();
        var path = Path.Combine(folder.Path("model"), "model.safetensors");
        var weights = new List<KeyValuePair<string, Tensor>>();
        using (var source = SafetensorsFile.Open(path))
        {
            weights.AddRange(source.Entries.Keys.Select(name => KeyValuePair.Create(name, source.Read(name))));
        }

        change(weights);
        SafetensorsWriter.Write(path, weights);
    }

    private static void Replace(List<KeyValuePair<string, Tensor>> weights, string name, Tensor value)
    {
        weights.RemoveAll(w => w.Key == name);
        weights.Add(new(name, value));
    }
}
