using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers;
using Plinth.Layers.Adapters;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

public sealed class AdapterFormTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(false, 0.25)]
    [InlineData(true, 0.5)]
    public void A_rank_stabilised_change_shrinks_by_the_root_of_the_rank(bool isStabilized, double expected) =>
        Assert.Equal(expected, new LowRankOptions { Rank = 4, Alpha = 1, IsRankStabilized = isStabilized }.Scale);

    // Section 4.3 of the paper: the length of the changed matrix counts as a constant.
    [Fact]
    public void The_gradients_of_a_decomposed_change_take_lengths_as_constants()
    {
        random.manual_seed(3);
        using var slot = new Projection(5, 4);
        var adapter = (DecomposedAdapter)new DecomposedOptions { Rank = 2, Alpha = 4 }.Make("", slot.Weight);
        var weights = adapter.Weights.ToDictionary(entry => entry.Key, entry => entry.Value);
        using (no_grad())
        {
            weights[".lora_B.weight"].copy_(randn(4, 2));
        }

        var (input, wanted) = (randn(3, 5), randn(3, 4));
        slot.Adapter = adapter;
        (slot.forward(input) * wanted).sum().backward();

        Tensor Leaf(string name) => weights[name].detach().clone().requires_grad_();
        var (down, up, magnitude) = (Leaf(".lora_A.weight"), Leaf(".lora_B.weight"), Leaf(".lora_magnitude_vector"));
        var changed = slot.Weight.detach() + (up.mm(down) * 2);
        var lengths = changed.detach().norm(1).view(-1, 1);
        (nn.functional.linear(input, changed / lengths * magnitude.view(-1, 1), slot.Bias!.detach()) * wanted).sum().backward();
        foreach (var (name, leaf) in (KeyValuePair<string, Tensor>[])[new(".lora_A.weight", down), new(".lora_B.weight", up), new(".lora_magnitude_vector", magnitude)])
        {
            Assert.InRange((weights[name].grad! - leaf.grad!).abs().max().ToDouble(), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData("gpt2", 4)]
    [InlineData("bert", 6)]
    [InlineData("llama", 6)]
    public void Keys_values_and_the_inner_layer_are_scaled(string name, int expected)
    {
        using var model = ModelOf(name);
        using var set = new AdapterSet(model, new ScalingOptions());
        Assert.Equal(expected, set.Adapters.Count());
        Assert.Equal(2, set.Adapters.Count(adapter => adapter.Value.Weights[0].Value.size(0) == 1));
    }

    [Fact]
    public void Files_name_a_module_in_full_where_its_ending_would_name_another_too()
    {
        using var model = ModelOf("bert");
        using var set = new AdapterSet(model, new ScalingOptions());
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        var config = Checkpoint.ReadJson(folder.Path("adapter", AdapterFiles.ConfigFile));
        Assert.Contains("bert.encoder.layer.1.output.dense", config["target_modules"]!.AsArray().Select(module => (string)module!));
        Assert.DoesNotContain("output.dense", config["target_modules"]!.AsArray().Select(module => (string)module!));
    }

    [Fact]
    public void One_low_rank_change_merged_after_another_is_both_at_once()
    {
        using var model = ModelOf("llama");
        Checkpoint.Save(model, folder.Path("base"));
        foreach (var name in (string[])["first", "second"])
        {
            using var set = new AdapterSet(model, new LowRankOptions());
            using var noGrad = no_grad();
            foreach (var weight in set.Parameters)
            {
                weight.copy_(randn(weight.shape) * 0.2);
            }

            AdapterFiles.Save(set, model, folder.Path(name), "base");
        }

        AdapterMerge.Write(folder.Path("first"), folder.Path("base"), folder.Path("once"));
        AdapterMerge.Write(folder.Path("second"), folder.Path("once"), folder.Path("twice"));
        AdapterMerge.Write([new(folder.Path("first")), new(folder.Path("second"))], folder.Path("base"), folder.Path("both"));
        using var twice = WeightFiles.Open(folder.Path("twice"));
        using var both = WeightFiles.Open(folder.Path("both"));
        Assert.All(both.Entries.Keys, name => Assert.InRange((twice.Read(name) - both.Read(name)).abs().max().ToDouble(), 0, 1e-6));
    }

    [Fact]
    public void Two_heads_do_not_merge()
    {
        using var model = new Model(ModelOf("bert"), ModelOf("bert").Config.WithLabels(["no", "yes"]), HeadKind.SequenceClassification);
        Checkpoint.Save(model, folder.Path("base"));
        using var set = AdapterSet.HeadOnly(model);
        AdapterFiles.Save(set, model, folder.Path("first"), "base");
        AdapterFiles.Save(set, model, folder.Path("second"), "base");
        Assert.Contains("both bring a head", Assert.Throws<CheckpointException>(
            () => AdapterMerge.Write([new(folder.Path("first")), new(folder.Path("second"))], folder.Path("base"), folder.Path("out"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Path("out")));
    }

    [Fact]
    public void A_magnitude_without_its_form_is_refused()
    {
        using var model = ModelOf("llama");
        Checkpoint.Save(model, folder.Path("base"));
        using var set = new AdapterSet(model, new DecomposedOptions());
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        var path = folder.Path("adapter", AdapterFiles.ConfigFile);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"use_dora\": true", "\"use_dora\": false", StringComparison.Ordinal));
        Assert.Contains("lora_magnitude_vector", Assert.Throws<CheckpointException>(() => AdapterMerge.Write(folder.Path("adapter"), folder.Path("base"), folder.Path("out"))).Message, StringComparison.Ordinal);
        Assert.Contains("lora_magnitude_vector", Assert.Throws<CheckpointException>(() => AdapterFiles.Load(folder.Path("adapter"), model)).Message, StringComparison.Ordinal);
    }

    private static Model ModelOf(string name)
    {
        var family = ModelCatalog.Families[name];
        return new(family, family.Shape(new(2, 32, 2, 101, 64)), name == "bert" ? HeadKind.MaskedLanguageModeling : HeadKind.CausalLanguageModeling);
    }
}
