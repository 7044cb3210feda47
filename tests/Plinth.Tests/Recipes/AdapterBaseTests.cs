using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using TorchSharp;
using static Plinth.Tests.Recipes.AdapterContract;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>Adapters over a backbone in few bits: the same functions and gradients as over the float numbers of those bits.</summary>
public sealed class AdapterBaseTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    public static TheoryData<AdaptationKind, MatrixForm, string> Forms
    {
        get
        {
            var rows = new TheoryData<AdaptationKind, MatrixForm, string>();
            foreach (var form in Enum.GetValues<MatrixForm>().Where(form => form != MatrixForm.Full))
            {
                rows.Add(AdaptationKind.LowRank, form, "gpt2");
                rows.Add(AdaptationKind.Decomposed, form, "bert");
                rows.Add(AdaptationKind.Scaling, form, "llama");
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Output_and_gradients_are_those_over_the_restored_numbers(AdaptationKind kind, MatrixForm form, string family)
    {
        using var model = ModelOf(family);
        using var twin = ModelOf(family);
        using var set = Attached(kind, form, model);
        using (no_grad())
        {
            foreach (var (held, plain) in Projections(model).Zip(Projections(twin)))
            {
                plain.Weight.copy_(held.Matrix);
            }
        }

        using var same = Attached(kind, MatrixForm.Full, twin);
        model.FreezeBackbone();
        twin.FreezeBackbone();
        var (found, expected) = (model.Logits(Batch()), twin.Logits(Batch()));
        Assert.InRange(Difference(found, expected), 0, 1e-6);
        foreach (var logits in (Tensor[])[found, expected])
        {
            logits.log_softmax(-1).select(-1, 3).mean().neg().backward();
        }

        Assert.All(set.Parameters.Zip(same.Parameters), pair => Assert.InRange(Difference(pair.First.grad!, pair.Second.grad!), 0, 1e-6));
        Assert.All(set.Parameters, weight => Assert.True(weight.grad!.abs().max().ToDouble() > 0));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Saved_files_make_the_same_function_of_the_base(AdaptationKind kind, MatrixForm form, string family)
    {
        using var model = ModelOf(family);
        Checkpoint.Save(model, folder.Path("base"));
        using var set = Attached(kind, form, model);
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        using var other = Checkpoint.Load(folder.Path("base"), ModelCatalog.Families).Model;
        using var loaded = AdapterFiles.Load(folder.Path("adapter"), other);
        loaded.Activate();
        Assert.Equal(form, loaded.Options.Base);
        Assert.Equal(0, Difference(Logits(model), Logits(other)));

        // The merged model is the base in full precision and the change.
        using var whole = ModelOf(family);
        using var same = Attached(kind, MatrixForm.Full, whole, randomize: false);
        using (no_grad())
        {
            foreach (var (target, source) in same.Parameters.Zip(set.Parameters))
            {
                target.copy_(source);
            }
        }

        AdapterMerge.Write(folder.Path("adapter"), folder.Path("base"), folder.Path("merged"));
        using var merged = Checkpoint.Load(folder.Path("merged"), ModelCatalog.Families).Model;
        Assert.InRange(Difference(Logits(whole), Logits(merged)), 0, 1e-5);
    }

    [Fact]
    public void Only_the_maps_of_the_backbone_are_held_and_only_an_adapter_is_saved()
    {
        using var model = ModelOf("bert");
        var counted = ModelInspection.Of(model);
        using var set = Attached(AdaptationKind.LowRank, MatrixForm.Nf4, model);
        Assert.All(model.named_modules().Where(entry => entry.module is Projection), entry => Assert.Equal(entry.name.StartsWith("backbone.", StringComparison.Ordinal), ((Projection)entry.module).Quantized is not null));
        Assert.Equal(counted.Parts, ModelInspection.Of(model).Parts);
        Assert.Equal(counted.ActivationElements, ModelInspection.Of(model).ActivationElements);
        Assert.Contains("plinth merge", Assert.Throws<CheckpointException>(() => Checkpoint.Save(model, folder.Path("whole"))).Message, StringComparison.Ordinal);
        Assert.Contains("plinth merge", Assert.Throws<PlinthException>(set.Merge).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sets_over_one_backbone_agree_on_its_numbers()
    {
        using var model = ModelOf("gpt2");
        using var first = new AdapterSet(model, new LowRankOptions { Base = MatrixForm.Nf4 });
        using var second = new AdapterSet(model, new LowRankOptions { Base = MatrixForm.Nf4 });
        Assert.Contains("Nf4", Assert.Throws<PlinthException>(() => new AdapterSet(model, new LowRankOptions())).Message, StringComparison.Ordinal);
        Assert.Contains("Int8", Assert.Throws<PlinthException>(() => new AdapterSet(model, new LowRankOptions { Base = MatrixForm.Int8 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "load_in_4bit": true, "bnb_4bit_quant_type": "fp4" }""")]
    [InlineData("8")]
    public void Other_numbers_in_files_are_refused_by_name(string stored)
    {
        using var model = ModelOf("gpt2");
        using var set = new AdapterSet(model, new LowRankOptions());
        AdapterFiles.Save(set, model, folder.Path("adapter"), "base");
        var path = folder.Path("adapter", AdapterFiles.ConfigFile);
        var config = Checkpoint.ReadJson(path);
        config["quantization_config"] = System.Text.Json.Nodes.JsonNode.Parse(stored);
        File.WriteAllText(path, config.ToJsonString());
        Assert.Contains("load_in_8bit", Assert.Throws<CheckpointException>(() => AdapterFiles.Load(folder.Path("adapter"), model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("head_only")]
    public void A_base_in_few_bits_needs_adapters(string kind) =>
        Assert.Contains("low_rank", Assert.Throws<RecipeException>(() => Recipe("refused", "base", $"adaptation.kind={kind}", "adaptation.base=nf4").Check()).Message, StringComparison.Ordinal);

    [Fact]
    public void An_interrupted_run_over_4_bits_ends_in_the_same_bits_and_is_scored_the_same_when_loaded()
    {
        var pretrained = Pretraining.Run(
            RecipeReader.Read<PretrainingRecipe>(Smoke("smoke-bert.yaml"), [$"folder={folder.Path("bert")}", $"data.path={Smoke("smoke.csv")}", "training.steps=2"]), cancellation: TestContext.Current.CancellationToken);
        string[] options = ["adaptation.kind=low_rank", "adaptation.base=nf4_double", "adaptation.dropout=0.1", "training.steps=8"];
        var whole = Finetuning.Run(Recipe("whole", pretrained.Files.Checkpoint, options), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Finetuning.Run(Recipe("parts", pretrained.Files.Checkpoint, options), [new StopAt(5, stop)], cancellation: stop.Token));
        var parts = Finetuning.Run(Recipe("parts", pretrained.Files.Checkpoint, options), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(parts.Files.Checkpoint, "adapter_model.safetensors")));
        Assert.True(whole.Training.History[^1].Loss < whole.Training.History[0].Loss);
        Assert.Equal(whole.Scores["accuracy"], TaskEvaluation.Run("text_classification", whole.Files.Checkpoint, Smoke("smoke.csv"), new() { Label = "label" })["accuracy"], 1e-9);
    }

    [Theory]
    [InlineData("prompt", "full")]
    [InlineData("prefix", "int8")]
    public void Virtual_tokens_learn_in_a_run_and_are_scored_the_same_when_loaded(string kind, string numbers)
    {
        var pretrained = Pretraining.Run(
            RecipeReader.Read<PretrainingRecipe>(Smoke("smoke-bert.yaml"), [$"folder={folder.Path("bert")}", $"data.path={Smoke("smoke.csv")}", "training.steps=1"]), cancellation: TestContext.Current.CancellationToken);
        var tuned = Finetuning.Run(
            Recipe("tuned", pretrained.Files.Checkpoint, $"adaptation.kind={kind}", $"adaptation.base={numbers}", "adaptation.virtual_tokens=5", "training.steps=24", "training.learning_rate=1e-2"), cancellation: TestContext.Current.CancellationToken);
        // Four batches are one pass over the samples.
        Assert.True(tuned.Training.History.TakeLast(4).Average(step => step.Loss) < tuned.Training.History.Take(4).Average(step => step.Loss));
        using (var file = SafetensorsFile.Open(Path.Combine(tuned.Files.Checkpoint, "adapter_model.safetensors")))
        {
            Assert.Equal(5, file.Entries["prompt_embeddings"].Shape[0]);
        }

        Assert.Equal(tuned.Scores["accuracy"], TaskEvaluation.Run("text_classification", tuned.Files.Checkpoint, Smoke("smoke.csv"), new() { Label = "label" })["accuracy"], 1e-9);
    }

    [Theory]
    [InlineData("decomposed")]
    [InlineData("scaling")]
    [InlineData("prefix")]
    public void A_base_in_4_bits_is_computed_with_in_bfloat16_too(string kind)
    {
        using var model = ModelOf("bert");
        using var set = new AdapterSet(model, (RecipeReader.Read<FinetuningRecipe>(Smoke("smoke-classification.yaml"), [$"adaptation.kind={kind}", "adaptation.base=nf4"])).Adaptation.Adapters()!);
        set.Activate();
        model.FreezeBackbone();
        var expected = Logits(model);
        using (new Plinth.Training.Optimizers.TrainedWeights(model, Plinth.Training.Optimizers.Precision.BFloat16))
        {
            set.Modules.ToList().ForEach(module => module.to(ScalarType.BFloat16));
            var found = model.Logits(Batch());
            Assert.Equal(ScalarType.BFloat16, found.dtype);
            Assert.InRange(Difference(expected, found), 0, 0.05);
        }
    }

    private FinetuningRecipe Recipe(string name, string checkpoint, params string[] options) => RecipeReader.Read<FinetuningRecipe>(
        Smoke("smoke-classification.yaml"), [$"folder={folder.Path(name)}", $"checkpoint={checkpoint}", $"data.train={Smoke("smoke.csv")}", $"data.validation={Smoke("smoke.csv")}", .. options]);

    private static string Smoke(string file) => Path.Combine(Fixtures.Root, "recipes", "text", file);

    private static List<Projection> Projections(Model model) => [.. model.Backbone.modules().OfType<Projection>()];

    private static Model ModelOf(string name)
    {
        random.manual_seed(5);
        var family = ModelCatalog.Families[name];
        var model = new Model(family, family.Shape(new(2, 32, 2, 101, 64)), name == "bert" ? HeadKind.MaskedLanguageModeling : HeadKind.CausalLanguageModeling);
        model.eval();
        return model;
    }

    private static AdapterSet Attached(AdaptationKind kind, MatrixForm form, Model model, bool randomize = true)
    {
        random.manual_seed(6);
        var set = new AdapterSet(model, new AdaptationRecipe { Kind = kind, Rank = 4, Base = form }.Adapters()!);
        using var noGrad = no_grad();
        foreach (var weight in randomize ? set.Parameters : [])
        {
            weight.add_(randn(weight.shape) * 0.1);
        }

        set.Activate();
        return set;
    }
}
