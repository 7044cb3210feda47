using Plinth.Core;
using Plinth.Data.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>Texts and any labels in, how well each label fits out, through a classifier of entailment (Yin et al. 2019, arXiv:1909.00161).</summary>
public sealed class ZeroShotPipeline
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly int entails;
    private readonly int contradicts;

    /// <param name="model">A sequence classifier with one class named entail… and, for several labels at once, one named contradict….</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <exception cref="PlinthException">The model does not judge entailment.</exception>
    public ZeroShotPipeline(Model model, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.model = model;
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
    public IReadOnlyList<LabelScore> Classify(
        string text, IReadOnlyList<string> labels, string template = "This example is {}.", bool multiLabel = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(template);
        if (labels.Count == 0 || !template.Contains("{}", StringComparison.Ordinal))
        {
            throw new PlinthException($"Zero-shot classification needs at least one label and a template with {{}} for it; given were {labels.Count} labels and '{template}'.");
        }

        // A single label has no rival, so it is judged against its contradiction.
        var isAlone = multiLabel || labels.Count == 1;
        if (isAlone && contradicts < 0)
        {
            throw new PlinthException("Judging a label alone needs a class named 'contradiction', which this model lacks. Give several labels and multiLabel false.");
        }

        var premise = tokenizer.EncodeIds(text);
        float[][] logits = [.. labels.Select(label => Logits(premise, template.Replace("{}", label, StringComparison.Ordinal)))];
        double[] scores = isAlone
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

    private float[] Logits(IReadOnlyList<int> premise, string hypothesis)
    {
        var second = tokenizer.EncodeIds(hypothesis);
        var room = model.Backbone.MaximumLength - tokenizer.SpecialCount(isPair: true) - second.Count;
        if (room < 1)
        {
            throw new PlinthException($"The hypothesis '{hypothesis}' has {second.Count} tokens and leaves no room for the text. Shorten the label or the template.");
        }

        var (ids, types) = tokenizer.AddSpecial([.. premise.Take(room)], second);
        CausalModel.CheckIds(ids, model.Config.VocabSize, "The text");
        using var pass = new EvaluationPass(model);
        var batch = new TextBatch
        {
            InputIds = tensor(ids.Select(id => (long)id).ToArray(), device: model.Device).unsqueeze(0),
            TokenTypeIds = types.Any(type => type != 0) ? tensor(types.Select(type => (long)type).ToArray(), device: model.Device).unsqueeze(0) : null,
        };
        return model.Logits(batch).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    private int Find(string start) =>
        model.Config.Labels.ToList().FindIndex(label => label.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}
