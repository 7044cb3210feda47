using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>Texts and any labels in, how well each label fits out, through a classifier of entailment (Yin et al. 2019, arXiv:1909.00161).</summary>
public sealed class ZeroShotPipeline
{
    private const string DefaultTemplate = "This example is {}.";
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly int entails;
    private readonly int contradicts;
    private readonly int batchSize;

    /// <param name="model">A sequence classifier with one class named entail… and, for several labels at once, one named contradict….</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="batchSize">Pairs of text and label that are computed together.</param>
    /// <exception cref="PlinthException">The model does not judge entailment.</exception>
    public ZeroShotPipeline(Model model, Tokenizer tokenizer, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.model = model;
        this.batchSize = batchSize;
        this.tokenizer = tokenizer;
        entails = Find("entail");
        contradicts = Find("contradict");
        if (model.HeadKind != HeadKind.SequenceClassification || entails < 0)
        {
            throw new PlinthException(
                $"Zero-shot classification needs a sequence classifier with a class named 'entailment'; this model has the head {model.HeadKind} and the classes {string.Join(", ", model.Config.Labels)}.");
        }
    }

    /// <summary>Scores labels for a text, best first.</summary>
    /// <param name="text">The text; its end is cut off where it does not fit.</param>
    /// <param name="labels">The labels to choose from.</param>
    /// <param name="template">The hypothesis, with {} where the label goes.</param>
    /// <param name="multiLabel">True judges each label alone (entailment against contradiction); false makes the scores sum to 1.</param>
    /// <exception cref="PlinthException">There are no labels, the template has no {}, or a label leaves no room for the text.</exception>
    public IReadOnlyList<LabelScore> Classify(string text, IReadOnlyList<string> labels, string template = DefaultTemplate, bool multiLabel = false) =>
        Classify([(text, labels)], template, multiLabel)[0];

    /// <summary>Scores labels for several texts, each with its own, best first. Pairs of text and label are computed together in batches.</summary>
    /// <param name="texts">The texts with the labels to choose from.</param>
    /// <param name="template">The hypothesis, with {} where the label goes.</param>
    /// <param name="multiLabel">True judges each label alone (entailment against contradiction); false makes the scores of a text sum to 1.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="PlinthException">A text has no labels, the template has no {}, or a label leaves no room for the text.</exception>
    public IReadOnlyList<IReadOnlyList<LabelScore>> Classify(
        IReadOnlyList<(string Text, IReadOnlyList<string> Labels)> texts, string template = DefaultTemplate, bool multiLabel = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(template);
        var rows = texts.SelectMany(text => Rows(text.Text, text.Labels, template, multiLabel)).ToList();
        var logits = Logits(rows, cancellation);
        var next = 0;
        return [.. texts.Select(text =>
        {
            var own = logits.AsSpan(next, text.Labels.Count).ToArray();
            next += text.Labels.Count;
            return Scored(text.Labels, own, multiLabel);
        })];
    }

    private IEnumerable<TextRow> Rows(string text, IReadOnlyList<string> labels, string template, bool multiLabel)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0 || !template.Contains("{}", StringComparison.Ordinal))
        {
            throw new PlinthException($"Zero-shot classification needs at least one label and a template with {{}} for it; given were {labels.Count} labels and '{template}'.");
        }

        if (IsAlone(labels, multiLabel) && contradicts < 0)
        {
            throw new PlinthException("Judging a label alone needs a class named 'contradiction', which this model lacks. Give several labels and multiLabel false.");
        }

        var premise = tokenizer.EncodeIds(text);
        return labels.Select(label => Row(premise, template.Replace("{}", label, StringComparison.Ordinal)));
    }

    // A single label has no rival, so it is judged against its contradiction.
    private static bool IsAlone(IReadOnlyList<string> labels, bool multiLabel) => multiLabel || labels.Count == 1;

    private IReadOnlyList<LabelScore> Scored(IReadOnlyList<string> labels, float[][] logits, bool multiLabel)
    {
        double[] scores = IsAlone(labels, multiLabel)
            ? [.. logits.Select(row => 1 / (1 + Math.Exp((double)row[contradicts] - row[entails])))]
            : Softmax([.. logits.Select(row => (double)row[entails])]);
        return [.. labels.Select((label, i) => new LabelScore(label, scores[i])).OrderByDescending(score => score.Score)];
    }

    private static double[] Softmax(double[] values)
    {
        var largest = values.Max();
        double[] powers = [.. values.Select(value => Math.Exp(value - largest))];
        var sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    private TextRow Row(IReadOnlyList<int> premise, string hypothesis)
    {
        var second = tokenizer.EncodeIds(hypothesis);
        var room = model.Backbone.MaximumLength - tokenizer.SpecialCount(isPair: true) - second.Count;
        if (room < 1)
        {
            throw new PlinthException($"The hypothesis '{hypothesis}' has {second.Count} tokens and leaves no room for the text. Shorten the label or the template.");
        }

        var (ids, types) = tokenizer.AddSpecial([.. premise.Take(room)], second);
        CausalModel.CheckIds(ids, model.Config.VocabSize, "The text");
        return new(ids, types);
    }

    // One row of logits per pair, in their order; pairs of like length are computed together.
    private float[][] Logits(List<TextRow> rows, CancellationToken cancellation)
    {
        return EvaluationPass.Map<TextRow, float[]>(model, rows, row => row.Ids.Count, batchSize, chunk =>
        {
            var batch = TextRow.Batch(chunk, TextRow.PadIdOf(tokenizer)).To(model.Device);
            var logits = model.Logits(batch).to(ScalarType.Float32).cpu().contiguous();                                    // [batch, class]
            return [.. logits.data<float>().ToArray().Chunk((int)logits.size(-1))];
        }, cancellation);
    }

    private int Find(string start) =>
        model.Config.Labels.ToList().FindIndex(label => label.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}
