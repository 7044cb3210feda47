using Plinth.Core;
using Plinth.Layers;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Tests.Recipes;

/// <summary>Runs that would not fit the memory are refused before they take any.</summary>
public sealed class MemoryBudgetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_cannot_fit_is_refused_with_its_numbers_and_a_mend()
    {
        var family = ModelCatalog.Families["gpt2"];
        // 12 blocks of 768: 124 million parameters, about 2 GB with gradients and moments in float32.
        var sizes = ModelInspection.Of(family, family.Shape(new(12, 768, 12, 50_257, 1_024)), HeadKind.CausalLanguageModeling);
        Assert.InRange(sizes.ParameterCount, 120e6, 130e6);
        void Check(long megabytes, long elements = 0, double trained = 1, long teacher = 0) => MemoryBudget.Check(new(sizes, elements) { TrainedShare = trained, TeacherBytes = teacher << 20 }, new(), null, megabytes << 20);

        Check(2_000);
        Assert.Contains("smaller model", Assert.Throws<RecipeException>(() => Check(1_800)).Message, StringComparison.Ordinal);
        Check(1_800, trained: 0.01);
        Check(2_300, teacher: 300);
        Assert.Contains("or teacher", Assert.Throws<RecipeException>(() => Check(2_000, teacher: 300)).Message, StringComparison.Ordinal);
        Check(2_000, elements: 1);
        Assert.Contains("training.batch_size", Assert.Throws<RecipeException>(() => Check(2_000, elements: 1_000_000)).Message, StringComparison.Ordinal);
    }

    // Beside weights and gradients of 4 bytes each.
    [Theory]
    [InlineData("{type: adamw}", 16)]
    [InlineData("{type: adamw, moments: bfloat16}", 12)]
    [InlineData("{type: lion}", 12)]
    [InlineData("{type: sgd}", 8)]
    [InlineData("{type: sgd, momentum: 0.9}", 12)]
    public void Optimizers_count_as_what_they_remember(string optimizer, int bytes)
    {
        var training = RecipeReader.ReadText<PretrainingRecipe>($$"""
            name: counted
            model: { family: bert, layer_count: 1, hidden_size: 64, head_count: 1, maximum_length: 32 }
            tokenizer: { kind: word_piece, vocabulary_size: 200 }
            data: { path: texts.csv }
            training: { steps: 1, optimizer: {{optimizer}} }
            """, "recipe").Training;
        var family = ModelCatalog.Families["gpt2"];
        var sizes = ModelInspection.Of(family, family.Shape(new(2, 512, 8, 8_192, 128)), HeadKind.CausalLanguageModeling);
        MemoryBudget.Check(new(sizes, 0), training, null, sizes.ParameterCount * bytes);
        Assert.Throws<RecipeException>(() => MemoryBudget.Check(new(sizes, 0), training, null, (sizes.ParameterCount * bytes) - 1));
    }

    // The same model holds 85 million of its numbers in 4.5 bits in place of 32: 293 MB less.
    [Fact]
    public void Weights_in_few_bits_count_as_what_they_take()
    {
        var family = ModelCatalog.Families["gpt2"];
        var sizes = ModelInspection.Of(family, family.Shape(new(12, 768, 12, 50_257, 1_024)), HeadKind.CausalLanguageModeling);
        using var matrix = new QuantizedMatrix(TorchSharp.torch.zeros(768, 768), MatrixForm.Nf4);
        void Check(int held, long megabytes) => MemoryBudget.Check(new(sizes, 0) { TrainedShare = 0, Held = Enumerable.Repeat(matrix, held) }, new(), null, megabytes << 20);

        Check(0, 480);
        Assert.Throws<RecipeException>(() => Check(0, 470));
        Check(12 * 12, 200);
        Assert.Contains("adaptation.base", Assert.Throws<RecipeException>(() => Check(12 * 12, 190)).Message, StringComparison.Ordinal);
    }

    // Its weights are there already, and do not take the memory twice.
    [Fact]
    public void A_model_that_is_built_needs_its_gradients_and_moments_beside_it()
    {
        var family = ModelCatalog.Families["gpt2"];
        using var model = new Model(family, family.Shape(new(2, 512, 8, 8_192, 128)), HeadKind.CausalLanguageModeling);
        var (needs, weights) = (MemoryNeeds.Of(model, 0), model.parameters().Sum(parameter => parameter.numel()) * sizeof(float));
        Assert.Equal(weights, needs.OwnedBytes);
        MemoryBudget.Check(needs, new(), null, 3 * weights);
        Assert.Throws<RecipeException>(() => MemoryBudget.Check(needs, new(), null, (3 * weights) - 1));
    }

    [Fact]
    public void A_model_that_is_larger_than_the_machine_is_refused_before_it_is_built() =>
        Assert.Contains("does not fit the memory", Refused("model.hidden_size=65536", "model.layer_count=90").Message, StringComparison.Ordinal);

    // Its sizes are known from its config.json; weights it has none.
    [Fact]
    public void A_teacher_that_is_larger_than_the_machine_is_refused_before_it_is_loaded()
    {
        Directory.CreateDirectory(folder.Path("teacher"));
        File.WriteAllText(folder.Path("teacher/config.json"), """{ "model_type": "bert", "hidden_size": 65536, "num_hidden_layers": 90, "num_attention_heads": 512, "intermediate_size": 262144, "vocab_size": 400 }""");
        Assert.Contains("the teacher's weights", Refused($"distillation.teacher={folder.Path("teacher")}").Message, StringComparison.Ordinal);
    }

    private RecipeException Refused(params string[] changes)
    {
        var smoke = Path.Combine(Fixtures.Root, "recipes", "text");
        var recipe = RecipeReader.Read<PretrainingRecipe>(
            Path.Combine(smoke, "smoke-bert.yaml"), [$"folder={folder.Path("run")}", $"data.path={Path.Combine(smoke, "smoke.csv")}", .. changes]);
        return Assert.Throws<RecipeException>(() => Pretraining.Run(recipe, cancellation: TestContext.Current.CancellationToken));
    }
}
