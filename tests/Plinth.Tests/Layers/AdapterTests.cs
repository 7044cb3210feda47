using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

public sealed class AdapterTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Model model;

    public AdapterTests()
    {
        random.manual_seed(5);
        var family = ModelCatalog.Families["gpt2"];
        model = new(family, family.Shape(new(2, 32, 2, 101, 64)), HeadKind.CausalLanguageModeling);
        model.eval();
    }

    public void Dispose()
    {
        model.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_fresh_adapter_changes_nothing()
    {
        var before = Logits();
        using var set = Adapter(train: false);
        set.Activate();
        Assert.Equal(0, Difference(before, Logits()));
    }

    [Fact]
    public void Two_adapters_share_one_backbone_and_leave_it_as_it_was()
    {
        var before = Logits();
        using var first = Adapter(train: true);
        using var second = Adapter(train: true);
        first.Activate();
        var one = Logits();
        second.Activate();
        var two = Logits();
        first.Activate();
        Assert.Equal(0, Difference(one, Logits()));
        Assert.True(Difference(one, two) > 1e-4);
        first.Deactivate();
        Assert.Equal(0, Difference(before, Logits()));
    }

    [Fact]
    public void Merging_gives_the_numbers_of_the_active_adapter()
    {
        using var set = Adapter(train: true);
        set.Activate();
        var active = Logits();
        set.Merge();
        Assert.True(Difference(active, Logits()) < 1e-5);
    }

    [Fact]
    public void A_saved_adapter_loads_with_equal_numbers()
    {
        using var folder = new TemporaryFolder();
        using var set = Adapter(train: true);
        set.Activate();
        var expected = Logits();
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        set.Deactivate();

        using var loaded = AdapterFiles.Load(folder.Path("adapter"), model);
        loaded.Activate();
        Assert.Equal(0, Difference(expected, Logits()));
        Assert.Equal("base", AdapterFiles.BaseModel(folder.Path("adapter")));
    }

    [Theory]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"VERA\"", "VERA")]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "feedforward_modules")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", "bias")]
    [InlineData("\"r\": 4", "\"r\": 0", "r = 0")]
    [InlineData("\"r\": 4", "\"r\": 8", "lora_A")]
    [InlineData("\"use_dora\": false", "\"use_dora\": true", "lora_magnitude_vector")]
    [InlineData("\"use_dora\": false", "\"use_dora\": \"yes\"", "wrong type")]
    [InlineData("\"r\": 4", "\"r\": 4, \"rank_pattern\": {\"c_attn\": 2}", "rank_pattern")]
    [InlineData("\"target_modules\": [", "\"target_modules\": [\"nothing\"], \"unused\": [", "adapter_config.json: No projection")]
    public void What_is_not_supported_is_refused_by_name(string old, string changed, string named)
    {
        using var folder = new TemporaryFolder();
        using var set = Adapter(train: true);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        var path = Path.Combine(folder.Path("adapter"), AdapterFiles.ConfigFile);
        var text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, changed, StringComparison.Ordinal));
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => AdapterFiles.Load(folder.Path("adapter"), model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_alone_is_saved_without_the_backbone_and_loads_with_equal_numbers()
    {
        using var folder = new TemporaryFolder();
        var classifier = new Model(model, model.Config.WithLabels(["no", "yes"]), HeadKind.SequenceClassification);
        using var set = AdapterSet.HeadOnly(classifier);
        AdapterFiles.Save(set, classifier, folder.Path("head"), "base");
        using (var weights = SafetensorsFile.Open(folder.Path("head", "adapter_model.safetensors")))
        {
            Assert.Equal(classifier.Head!.parameters().Count(), weights.Entries.Count);
        }

        var fresh = new Model(model, classifier.Config, HeadKind.SequenceClassification);
        Assert.True(Difference(Logits(classifier), Logits(fresh)) > 0);
        using var loaded = AdapterFiles.Load(folder.Path("head"), fresh);
        Assert.Empty(loaded.Adapters);
        Assert.True(loaded.IncludesHead);
        Assert.Equal(0, Difference(Logits(classifier), Logits(fresh)));
    }

    [Fact]
    public void A_head_without_weights_cannot_be_adapted_alone() =>
        Assert.Contains("no weights of its own", Assert.Throws<PlinthException>(() => AdapterSet.HeadOnly(model)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_head_is_trained_only_where_it_belongs_to_the_set(bool withHead)
    {
        var family = ModelCatalog.Families["llama"];
        using var untied = new Model(family, family.Shape(new(1, 16, 2, 31, 16)), HeadKind.CausalLanguageModeling);
        using var set = new AdapterSet(untied, new LowRankOptions { Rank = 2 }, name => name.StartsWith("backbone.", StringComparison.Ordinal), withHead);
        using var objective = new AdaptedObjective(new CausalLanguageModeling(untied), set);
        Assert.Equal(withHead, Assert.Single(untied.Head!.parameters()).requires_grad);
        Assert.All(untied.Backbone.parameters(), parameter => Assert.False(parameter.requires_grad));
    }

    [Fact]
    public void No_target_is_an_error() =>
        Assert.Throws<PlinthException>(() => new AdapterSet(model, new LowRankOptions(), _ => false));

    private AdapterSet Adapter(bool train)
    {
        var set = new AdapterSet(model, new LowRankOptions { Rank = 4 }, name => name.StartsWith("backbone.", StringComparison.Ordinal));
        using var noGrad = no_grad();
        foreach (var weight in train ? set.Parameters : [])
        {
            weight.copy_(randn(weight.shape) * 0.3);
        }

        set.Train(false);
        return set;
    }

    private Tensor Logits(Model? other = null)
    {
        using var noGrad = no_grad();
        return (other ?? model).Logits(new TextBatch { InputIds = (arange(0, 18, ScalarType.Int64) * 7 % 97).view(2, 9) });
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
