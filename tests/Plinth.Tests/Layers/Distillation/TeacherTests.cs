using Plinth.Core;
using Plinth.Layers.Distillation;
using Plinth.Layers.Losses;
using Plinth.Models;
using Plinth.Objectives;
using Plinth.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers.Distillation;

/// <summary>Learning a larger model's distribution over the vocabulary in pre-training.</summary>
[Collection(AloneInProcess.Name)]
public class TeacherTests
{
    private const int Vocabulary = 31;
    private const long InPieces = 3 * Vocabulary, Whole = 1 << 20;

    [Theory]
    [InlineData(Whole)]
    [InlineData(InPieces)]
    public void A_teacher_that_is_the_student_itself_gives_no_gradient(long peak)
    {
        using var scope = NewDisposeScope();
        var model = Model(16, 1);
        var objective = new CausalLanguageModeling(model, peak);
        var prepared = objective.Prepare(Text(2), new(1));
        var terms = ((IDistillable)objective).Compute(prepared, new(model, 3, 0.5));
        Assert.Equal(["causal_lm", "distillation"], terms.Select(term => term.Name));
        Assert.Equal(0, terms[1].Sum.ToDouble(), 1e-4);
        terms[1].Sum.backward();
        Assert.All(model.parameters(), weight => Assert.True(weight.grad is null || weight.grad.abs().max().ToDouble() < 1e-5));
        // Another student of the same data does get one.
        var other = Model(16, 2);
        ((IDistillable)new CausalLanguageModeling(other, peak)).Compute(prepared, new(model, 3, 0.5))[1].Sum.backward();
        Assert.Contains(other.parameters(), weight => weight.grad is not null && weight.grad.abs().max().ToDouble() > 1e-3);
    }

    [Theory]
    [InlineData("causal_lm", Whole)]
    [InlineData("causal_lm", InPieces)]
    [InlineData("masked_lm", Whole)]
    public void Loss_and_gradients_are_those_of_the_formula_on_whole_logits(string name, long peak)
    {
        const double temperature = 2, weight = 0.3;
        using var scope = NewDisposeScope();
        var head = name == "causal_lm" ? HeadKind.CausalLanguageModeling : HeadKind.MaskedLanguageModeling;
        var (student, other) = (Model(16, 1, head), Model(32, 2, head));
        using Objective objective = name == "causal_lm" ? new CausalLanguageModeling(student, peak) : new MaskedLanguageModeling(student, new(Vocabulary, 4, new HashSet<int> { 0, 1, 2, 3, 4 }), new() { Probability = 0.5 });
        using var distilled = new DistilledObjective(objective, new(other, temperature, weight));
        var prepared = distilled.Prepare(Text(3), new(1));
        var count = distilled.CountTargets(prepared);
        Assert.Equal(count[0], count[1]);
        var loss = distilled.Compute(prepared).Select(term => term.Sum * term.Weight).Aggregate((a, b) => a + b);
        var gradients = Gradients(student, loss);

        Tensor At(Model model) => VocabularyLoss.Gather(model.Logits(prepared), prepared.Labels!);
        var (own, known) = (nn.functional.log_softmax(At(student) / temperature, -1), nn.functional.log_softmax(At(other).detach() / temperature, -1));
        var divergence = (known.exp() * (known - own)).sum() * (temperature * temperature);
        var labels = nn.functional.cross_entropy(At(student), prepared.Labels!.select(1, 1), reduction: nn.Reduction.Sum);
        var plain = (labels * (1 - weight)) + (divergence * weight);
        Assert.Equal(plain.ToDouble(), loss.ToDouble(), 1e-3);
        Assert.All(Gradients(student, plain), entry => Assert.True(entry.Value.allclose(gradients[entry.Key], 1e-3, 1e-5), entry.Key));
        Assert.All(other.parameters(), parameter => Assert.True(parameter.grad is null));
    }

    [Fact]
    public void Evaluations_are_those_of_the_objective_alone()
    {
        using var scope = NewDisposeScope();
        var objective = new CausalLanguageModeling(Model(16, 1));
        using var distilled = new DistilledObjective(objective, new(Model(32, 2), 2, 0.5));
        var prepared = distilled.Prepare(Text(2), new(1));
        Assert.Equal(2, distilled.Compute(prepared).Count);
        distilled.eval();
        Assert.Equal(objective.CountTargets(prepared), distilled.CountTargets(prepared));
        var (alone, evaluated) = (objective.Compute(prepared).Single(), distilled.Compute(prepared).Single());
        Assert.Equal((alone.Sum.ToDouble(), 1.0), (evaluated.Sum.ToDouble(), evaluated.Weight));
        Assert.DoesNotContain(distilled.named_parameters(), entry => entry.name.Contains("teacher", StringComparison.Ordinal));
    }

    [Fact]
    public void A_student_comes_nearer_to_its_teacher_than_the_text_alone_brings_it()
    {
        using var scope = NewDisposeScope();
        var other = Model(32, 2);
        using (no_grad())
        {
            // A teacher with opinions.
            other.Backbone.TokenEmbedding!.mul_(8);
        }

        var distances = ((double[])[0, 0.9]).Select(weight =>
        {
            var student = Model(16, 1);
            using var objective = new CausalLanguageModeling(student);
            using var distilled = new DistilledObjective(objective, new(other, 1, weight));
            TinyModels.Fit(distilled, distilled.Prepare(Text(8), new(1)), 60, 1e-2);
            using var noGrad = no_grad();
            var unseen = Text(9);
            return DistillationLosses.Distillation(student.Logits(unseen).reshape(-1, Vocabulary), other.Logits(unseen).reshape(-1, Vocabulary), 1).Sum.ToDouble();
        }).ToArray();
        Assert.True(distances[1] < 0.5 * distances[0], $"{distances[0]} to {distances[1]}");
    }

    [Fact]
    public void What_cannot_learn_from_a_teacher_says_so()
    {
        using var scope = NewDisposeScope();
        using var crops = new MaskedCrops(Model(16, 1, HeadKind.MaskedLanguageModeling), new(Vocabulary, 4, new HashSet<int> { 0, 1, 2, 3, 4 }));
        Assert.Contains("causal_lm, masked_lm", Assert.Throws<RecipeException>(() => new DistilledObjective(crops, new(Model(16, 1), 2, 0.5))).Message, StringComparison.Ordinal);
        using var other = Model(16, 1, vocabulary: Vocabulary + 1);
        Assert.Contains("vocabulary of 32", Assert.Throws<RecipeException>(() => new DistilledObjective(new CausalLanguageModeling(Model(16, 1)), new(other, 2, 0.5))).Message, StringComparison.Ordinal);
    }

    private static Model Model(int width, int seed, HeadKind head = HeadKind.CausalLanguageModeling, int vocabulary = Vocabulary)
    {
        random.manual_seed(seed);
        var family = ModelCatalog.Families[head == HeadKind.CausalLanguageModeling ? "gpt2" : "bert"];
        return new(family, family.Shape(new(1, width, 2, vocabulary, 16)), head);
    }

    private static TextBatch Text(int seed)
    {
        random.manual_seed(seed);
        return new() { InputIds = randint(5, Vocabulary, [4, 9], ScalarType.Int64) };
    }

    private static Dictionary<string, Tensor> Gradients(Model model, Tensor loss)
    {
        model.zero_grad();
        loss.backward();
        return model.named_parameters().Where(entry => entry.parameter.grad is not null).ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
    }
}
