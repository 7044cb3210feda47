using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>What holds for every kind of adapter that a recipe can name, on a decoder with stored matrices turned around, a gated decoder and an encoder.</summary>
public sealed class AdapterContract : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public static TheoryData<AdaptationKind, string> Kinds
    {
        get
        {
            var rows = new TheoryData<AdaptationKind, string>();
            foreach (var kind in Enum.GetValues<AdaptationKind>().Where(kind => new AdaptationRecipe { Kind = kind }.Adapters() is ProjectionOptions))
            {
                foreach (var family in (string[])["gpt2", "llama", "bert"])
                {
                    rows.Add(kind, family);
                }
            }

            return rows;
        }
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_fresh_adapter_changes_nothing(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        var before = Logits(model);
        using var set = Attached(kind, model, isFresh: true);
        Assert.Equal(0, Difference(before, Logits(model)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_adapter_loads_with_equal_numbers_and_sizes(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        using var set = Attached(kind, model);
        var expected = Logits(model);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        set.Deactivate();
        Assert.True(Difference(expected, Logits(model)) > 1e-4);

        using var loaded = AdapterFiles.Load(folder.Path("adapter"), model);
        loaded.Activate();
        Assert.Equal(0, Difference(expected, Logits(model)));
        Assert.Equal(set.Adapters.Select(adapter => adapter.Key), loaded.Adapters.Select(adapter => adapter.Key));
        Assert.Equal(set.Options.GetType(), loaded.Options.GetType());
        Assert.Equal(set.Options as LowRankOptions, loaded.Options as LowRankOptions);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Merged_weights_give_the_numbers_of_the_attached_adapter(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        using var set = Attached(kind, model);
        var expected = Logits(model);
        set.Merge();
        Assert.InRange(Difference(expected, Logits(model)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Merged_files_give_the_numbers_of_the_attached_adapter(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        Checkpoint.Save(model, folder.Path("base"));
        using var set = Attached(kind, model);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        AdapterMerge.Write(folder.Path("adapter"), folder.Path("base"), folder.Path("merged"));
        using var merged = Checkpoint.Load(folder.Path("merged"), ModelCatalog.Families).Model;
        Assert.InRange(Difference(Logits(model), Logits(merged)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Two_sets_at_once_give_the_same_attached_as_merged_in_memory_and_in_files(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        Checkpoint.Save(model, folder.Path("base"));
        using var first = Attached(kind, model);
        using var second = Attached(kind, model);
        AdapterFiles.Save(first, model, folder.Path("first"), "base");
        AdapterFiles.Save(second, model, folder.Path("second"), "base");
        using var mix = new AdapterMix([new(first, 0.7), new(second, -0.4)]);
        mix.Activate();
        var expected = Logits(model);
        first.Activate();
        Assert.True(Difference(expected, Logits(model)) > 1e-4);

        AdapterMerge.Write([new(folder.Path("first"), 0.7), new(folder.Path("second"), -0.4)], folder.Path("base"), folder.Path("merged"));
        using var merged = Checkpoint.Load(folder.Path("merged"), ModelCatalog.Families).Model;
        Assert.InRange(Difference(expected, Logits(merged)), 0, 1e-5);

        mix.Activate();
        mix.Merge();
        Assert.InRange(Difference(expected, Logits(model)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Only_the_adapter_learns(AdaptationKind kind, string family)
    {
        using var model = ModelOf(family);
        using var set = Attached(kind, model);
        using var objective = new AdaptedObjective(new Words(model), set);
        var own = set.Parameters.ToList();
        Assert.Equal(own.Sum(weight => weight.numel()), objective.parameters().Where(weight => weight.requires_grad).Sum(weight => weight.numel()));

        objective.Compute(Batch())[0].Sum.backward();
        Assert.All(own, weight => Assert.True(weight.grad!.abs().max().ToDouble() > 0));
        Assert.All(model.parameters(), weight => Assert.True(weight.grad is null));
    }

    private static Model ModelOf(string name)
    {
        random.manual_seed(5);
        var family = ModelCatalog.Families[name];
        var model = new Model(family, family.Shape(new(2, 32, 2, 101, 64)), name == "bert" ? HeadKind.MaskedLanguageModeling : HeadKind.CausalLanguageModeling);
        model.eval();
        return model;
    }

    private static AdapterSet Attached(AdaptationKind kind, Model model, bool isFresh = false)
    {
        var set = new AdapterSet(model, new AdaptationRecipe { Kind = kind, Rank = 4, RankStabilized = true }.Adapters()!);
        using var noGrad = no_grad();
        foreach (var weight in isFresh ? [] : set.Parameters)
        {
            weight.add_(randn(weight.shape) * 0.2);
        }

        set.Train(false);
        set.Activate();
        return set;
    }

    internal static Tensor Logits(Model model)
    {
        using var noGrad = no_grad();
        return model.Logits(Batch());
    }

    internal static TextBatch Batch() => new() { InputIds = (arange(0, 18, ScalarType.Int64) * 7 % 97).view(2, 9) };

    internal static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    private sealed class Words : Objective
    {
        private readonly Model model;

        public Words(Model model)
            : base(nameof(Words))
        {
            this.model = model;
            RegisterComponents();
        }

        public override Model Model => model;

        public override IReadOnlyList<LossTerm> Compute(Batch batch) => [new("words", model.Logits(batch).log_softmax(-1).select(-1, 3).sum().neg())];
    }
}
