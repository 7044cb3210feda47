using System.Globalization;
using Plinth.Core;
using Plinth.Models;
using Plinth.Objectives;
using Plinth.Tests.Training;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models;

[Collection(AloneInProcess.Name)]
public class WidthTransferTests
{
    private const int Vocabulary = 32, Narrow = 64;
    private static readonly int[] widths = [64, 128, 256, 512];

    /// <summary>
    /// The coordinate check of Yang et al. 2022 (arXiv:2203.03466, appendix D): what a few steps change in a model's numbers is as much at every width with the
    /// rules, and grows with the width without them.
    /// </summary>
    [Theory]
    [InlineData("gpt2", HeadKind.CausalLanguageModeling, true)]     // logits by the token table, queries in one matrix with keys and values
    [InlineData("llama", HeadKind.CausalLanguageModeling, false)]   // a head of its own, heads that grow
    [InlineData("gemma", HeadKind.CausalLanguageModeling, false)]   // norms counted from 1, token vectors scaled by the width
    [InlineData("bert", HeadKind.MaskedLanguageModeling, true)]     // norms after the sums, a transform before the token table
    public void A_few_steps_change_as_much_at_every_width(string family, HeadKind head, bool headsKeepTheirWidth)
    {
        var with = widths.Select(width => Change(family, head, Shape(width, headsKeepTheirWidth), Shape(Narrow, headsKeepTheirWidth))).ToArray();
        var without = ((int[])[Narrow, widths[^1]]).Select(width => Change(family, head, Shape(width, headsKeepTheirWidth), null)).ToArray();
        var all = string.Join("; ", with.Concat(without).Select(change => string.Create(CultureInfo.InvariantCulture, $"{change.Logits:0.###} {change.Hidden:0.###}")));
        TestContext.Current.TestOutputHelper?.WriteLine(all);
        Assert.True(Spread(with.Select(change => change.Logits)) < 1.6, all);
        Assert.True(Spread(with.Select(change => change.Hidden)) < 1.6, all);
        Assert.True(without[^1].Logits > 3 * without[0].Logits, all);
        Assert.True(without[^1].Hidden > 1.5 * without[0].Hidden || family == "bert", all);   // a norm keeps the size of BERT's
    }

    [Fact]
    public void Matrices_tables_vectors_and_the_head_have_the_factors_of_the_paper()
    {
        var (rates, draws) = Factors("llama", HeadKind.CausalLanguageModeling, Shape(256, false), Shape(64, false));
        Assert.Equal([1.0, 1.0], (double[])[rates["backbone.tokens.weight"], draws["backbone.tokens.weight"]]);
        Assert.Equal([1.0, 1.0], (double[])[rates["backbone.stack.finalNorm.weight"], draws["backbone.stack.finalNorm.weight"]]);
        Assert.Equal([0.25, 0.5], (double[])[rates["backbone.stack.blocks.layers.0.attention.key.weight"], draws["backbone.stack.blocks.layers.0.attention.key.weight"]]);
        // A head is four times as wide: the product of 1/√head and this is 1/head, with the base's size.
        Assert.Equal([0.125, 0.25], (double[])[rates["backbone.stack.blocks.layers.0.attention.query.weight"], draws["backbone.stack.blocks.layers.0.attention.query.weight"]]);
        Assert.Equal([0.25, 0.25], (double[])[rates["head.output.weight"], draws["head.output.weight"]]);
        // Its inner width is rounded, and its own growth counts.
        Assert.Equal(192.0 / 704, rates["backbone.stack.blocks.layers.0.feedForward.down.weight"], 1e-9);
    }

    [Fact]
    public void What_makes_logits_by_the_token_table_holds_their_factor_in_the_norm_before_it()
    {
        var (rates, draws) = Factors("gpt2", HeadKind.CausalLanguageModeling, Shape(256, true), Shape(64, true));
        Assert.All((string[])["weight", "bias"], part => Assert.Equal(0.25, rates[$"backbone.stack.finalNorm.{part}"]));
        Assert.Equal(1, rates["backbone.tokens.weight"]);
        (rates, draws) = Factors("gemma", HeadKind.CausalLanguageModeling, Shape(256, true), Shape(64, true));
        Assert.Equal(0.5, draws["backbone.tokens.weight"], 1e-12);
        Assert.Equal(0.5, rates["backbone.stack.finalNorm.weight"], 1e-12);
        (rates, _) = Factors("bert", HeadKind.MaskedLanguageModeling, Shape(256, true), Shape(64, true));
        Assert.Equal([0.25, 1.0], (double[])[rates["head.transform.norm.weight"], rates["head.outputBias"]]);
    }

    [Fact]
    public void At_the_base_width_nothing_changes()
    {
        foreach (var family in (string[])["gpt2", "llama", "gemma", "bert", "albert", "qwen3"])
        {
            var known = ModelCatalog.Families[family];
            var head = known.IsCausal ? HeadKind.CausalLanguageModeling : HeadKind.MaskedLanguageModeling;
            var (rates, draws) = Factors(family, head, Shape(64, true), Shape(64, true));
            Assert.All(rates.Values.Concat(draws.Values), factor => Assert.Equal(1, factor));
        }
    }

    [Fact]
    public void Of_every_language_model_the_factors_are_known_or_refused()
    {
        List<string> refused = [];
        HeadKind[] heads = [HeadKind.CausalLanguageModeling, HeadKind.MaskedLanguageModeling, HeadKind.SequenceToSequence];
        foreach (var family in ModelCatalog.Families.Entries.Where(family => family.Modality == Modality.Text && heads.Any(family.Architectures.ContainsKey)))
        {
            try
            {
                var (rates, draws) = Factors(family.ModelType, heads.First(family.Architectures.ContainsKey), Shape(128, true), Shape(64, true));
                Assert.All(rates.Values.Concat(draws.Values), factor => Assert.InRange(factor, 0.25, 1));
                Assert.Contains(0.5, rates.Values);
            }
            catch (RecipeException)
            {
                refused.Add(family.ModelType);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(" ", refused));
        Assert.Contains("t5", refused);
        Assert.Contains("deberta-v2", refused);
        Assert.Empty(refused.Intersect(["bert", "gemma", "gpt2", "llama", "mistral", "qwen2", "roberta"]));
    }

    [Theory]
    [InlineData("gpt2", HeadKind.CausalLanguageModeling, false, "model.head_count")]
    [InlineData("deberta-v2", HeadKind.MaskedLanguageModeling, true, "distances")]
    [InlineData("t5", HeadKind.SequenceToSequence, true, "stand alone")]
    public void What_has_no_rule_is_refused_by_name(string family, HeadKind head, bool headsKeepTheirWidth, string named) =>
        Assert.Contains(named, Assert.Throws<RecipeException>(() => Factors(family, head, Shape(128, headsKeepTheirWidth), Shape(64, headsKeepTheirWidth))).Message, StringComparison.Ordinal);

    private static ModelShape Shape(int width, bool headsKeepTheirWidth) => new(2, width, headsKeepTheirWidth ? width / 16 : 4, Vocabulary, 16);

    private static (Dictionary<string, double> Rates, Dictionary<string, double> Draws) Factors(string family, HeadKind head, ModelShape shape, ModelShape tuned)
    {
        var known = ModelCatalog.Families[family];
        using var model = new Model(known, known.Shape(shape), head);
        var transfer = new WidthTransfer(model, known.Shape(tuned));
        return (transfer.Factors.ToDictionary(entry => entry.Key, entry => entry.Value.Rate), transfer.Factors.ToDictionary(entry => entry.Key, entry => entry.Value.Draw));
    }

    private static double Spread(IEnumerable<double> values) => values.Max() / values.Min();

    // Mean size of what the steps change, of the logits and of what the last block but one hands on.
    private static (double Logits, double Hidden) Change(string family, HeadKind head, ModelShape shape, ModelShape? tuned)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var ids = randint(5, Vocabulary, [8, 16], ScalarType.Int64);
        var known = ModelCatalog.Families[family];
        using var model = new Model(known, known.Shape(shape), head);
        var transfer = tuned is null ? null : new WidthTransfer(model, known.Shape(tuned));
        transfer?.Draw();
        using Objective objective = head == HeadKind.CausalLanguageModeling ? new CausalLanguageModeling(model) : new MaskedLanguageModeling(model, new(Vocabulary, 4, new HashSet<int> { 0, 1, 2, 3, 4 }));
        var before = Seen(model, ids);
        var options = new TrainerOptions
        {
            Steps = 4, RateFactors = transfer?.RatesIn(objective) ?? new Dictionary<string, double>(), MaximumGradientNorm = null, ReportEvery = 10, Schedule = new() { Kind = ScheduleKind.Constant },
            Optimizer = new AdamWOptions { LearningRate = 5e-3, WeightDecay = 0, Epsilon = 1e-12 },
        };
        new Trainer(options, []).Train(objective, new OneBatch(new() { InputIds = ids }));
        var after = Seen(model, ids);
        return ((after.Logits - before.Logits).abs().mean().ToDouble(), (after.Hidden - before.Hidden).abs().mean().ToDouble());
    }

    private static (Tensor Logits, Tensor Hidden) Seen(Model model, Tensor ids)
    {
        using var noGrad = no_grad();
        model.eval();
        List<Tensor> states = [];
        var logits = model.Logits(new TextBatch { InputIds = ids }, new() { HiddenStates = states }).clone();
        return (logits, states[^2].clone());
    }

    private sealed class OneBatch(TextBatch batch) : IBatchSource
    {
        public long BatchesPerEpoch => 1;

        public Batch At(long index) => batch with { InputIds = batch.InputIds.clone() };
    }
}
