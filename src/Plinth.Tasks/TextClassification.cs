using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Distillation;

namespace Plinth.Tasks;

/// <summary>How texts are classified.</summary>
public sealed record TextClassificationOptions : TextTaskOptions, IClassificationOptions
{
    /// <inheritdoc />
    public ClassificationKind? Kind { get; init; }

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <inheritdoc />
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <inheritdoc />
    public CalibrationOptions? Calibration { get; init; }
}

/// <summary>Classes or a number for a text or a pair of texts.</summary>
public sealed class TextClassification : TextTask, IClassification, IDistillable
{
    /// <param name="model">A model with a sequence classification head.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Kind, lengths and weights.</param>
    /// <exception cref="PlinthException">The options do not fit the model.</exception>
    public TextClassification(Model model, Tokenizer tokenizer, TextClassificationOptions? options = null)
        : base("text_classification", model, tokenizer, options ??= new(), HeadKind.SequenceClassification) =>
        Outputs = new(model.Config, options);

    /// <inheritdoc />
    public ClassOutputs Outputs { get; }

    /// <inheritdoc />
    public override void SaveFiles(string folder) => Outputs.Calibration?.Save(folder);

    /// <inheritdoc />
    public override void LoadFiles(string folder) => Outputs.Load(folder);

    /// <inheritdoc />
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples) => Encode(samples) with { Labels = Outputs.Labels(samples) };

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [Outputs.Loss(Model.Logits(batch), batch.Labels!, training)];
    }

    /// <inheritdoc />
    public void Check(Teacher teacher) => Outputs.Check(teacher);

    /// <inheritdoc />
    public IReadOnlyList<LossTerm> Compute(Batch batch, Teacher teacher) => Outputs.Losses(Model, batch, teacher, training);

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples) => Outputs.Answers(Model.Logits(Encode(samples).To(Model.Device)));

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers) => Outputs.Score(samples, answers);

    private TextBatch Encode(IReadOnlyList<TextSample> samples) => TextRow.Batch([.. samples.Select(s => Row(s.Text, s.Pair))], PadId);
}
