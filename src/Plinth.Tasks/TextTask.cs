using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>What tasks on texts share: encoding, and answering in batches of similar length.</summary>
public abstract class TextTask : ModelTask
{
    // About right for words in Latin letters, and it only decides whether packing pays.
    private const int CharactersPerToken = 4;

    private readonly Model model;
    private readonly TextTaskOptions options;
    private readonly Lazy<SpecialTemplate> single, pair;

    /// <param name="name">Name of the task, as in its catalog.</param>
    /// <param name="model">The model that learns and answers.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">Lengths and batches.</param>
    /// <param name="head">The head that the task needs, or null for any.</param>
    /// <exception cref="PlinthException">The model has another head, or nothing in it would learn.</exception>
    protected TextTask(string name, Model model, Tokenizer tokenizer, TextTaskOptions options, HeadKind? head)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (head is { } needed && model.HeadKind != needed)
        {
            throw new PlinthException($"The task '{name}' needs a head for {needed}, and this '{model.Family.ModelType}' has {model.HeadKind}. Build the model with that head.");
        }

        (this.model, this.options, Tokenizer) = (model, options, tokenizer);
        PadId = TextRow.PadIdOf(tokenizer);
        MaximumLength = Math.Min(options.MaximumLength ?? int.MaxValue, model.Backbone.MaximumLength);
        single = new(() => new(tokenizer, isPair: false));
        pair = new(() => new(tokenizer, isPair: true));
        RegisterComponents();
        if (options.FreezeBackbone)
        {
            Freeze();
        }
    }

    /// <inheritdoc />
    public sealed override Model Model => model;

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Longest sequence in tokens, special tokens included.</summary>
    protected int MaximumLength { get; }

    /// <summary>Id that fills short sequences.</summary>
    protected int PadId { get; }

    /// <inheritdoc />
    public sealed override Batch Collate(IReadOnlyList<Sample> samples) => Collate(Texts(samples));

    /// <summary>Makes a batch of text samples, labels included when the samples have them.</summary>
    protected abstract TextBatch Collate(IReadOnlyList<TextSample> samples);

    /// <inheritdoc />
    public sealed override IReadOnlyList<Answer> Answer(IReadOnlyList<Sample> samples) => Quietly(Texts(samples), AnswerBatch);

    /// <summary>Answers a few samples, in their order. Labels are not looked at.</summary>
    protected abstract IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples);

    /// <summary>Answers any number of samples in batches of like length, without gradients and in evaluation mode.</summary>
    /// <param name="texts">The samples.</param>
    /// <param name="answer">Answers the samples of one batch, in their order.</param>
    /// <returns>The answers in the order of the samples.</returns>
    protected IReadOnlyList<T> Quietly<T>(IReadOnlyList<TextSample> texts, Func<IReadOnlyList<TextSample>, IReadOnlyList<T>> answer)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(answer);
        var isTraining = model.training;
        model.eval();
        try
        {
            // Not inference_mode: what a layer may keep for later passes has to stay usable in training.
            using var quiet = no_grad();
            using var packed = PackedWeights.For(model, texts.Sum(text => (long)SampleBatches.LengthOf(text)) / CharactersPerToken);
            return LengthBatches.Map(texts, SampleBatches.LengthOf, options.AnswerBatchSize, batch =>
            {
                using var scope = NewDisposeScope();
                return answer(batch);
            });
        }
        finally
        {
            model.train(isTraining);
        }
    }

    /// <inheritdoc />
    public sealed override IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        var texts = Texts(samples);
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count != texts.Count)
        {
            throw new ArgumentException($"There are {answers.Count} answers to {texts.Count} samples.", nameof(answers));
        }

        return Score(texts, answers);
    }

    /// <summary>Compares answers with the labels of text samples.</summary>
    protected abstract IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers);

    /// <summary>The special tokens around one text, or two.</summary>
    protected SpecialTemplate Template(bool isPair) => isPair ? pair.Value : single.Value;

    /// <summary>Tokens of text that fit beside the special tokens.</summary>
    /// <exception cref="PlinthException">None.</exception>
    protected int Room(bool isPair)
    {
        var room = MaximumLength - Template(isPair).Count;
        return room >= (isPair ? 2 : 1)
            ? room
            : throw new PlinthException($"A sequence of {MaximumLength} tokens has no room for text beside {Template(isPair).Count} special tokens. Choose a longer maximum_length.");
    }

    /// <summary>Encodes one text or two; where they are too long, the longer one loses its end first.</summary>
    protected TextRow Row(string text, string? second)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] first = [.. Tokenizer.EncodeIds(text)];
        int[] other = second is null ? [] : [.. Tokenizer.EncodeIds(second)];
        var (keepFirst, keepOther) = Shares(first.Length, other.Length, Room(second is not null));
        return Template(second is not null).Row(first.AsSpan(0, keepFirst), other.AsSpan(0, keepOther));
    }

    /// <summary>Takes a label from all samples, or from none.</summary>
    /// <exception cref="BadInputException">Only some have one.</exception>
    protected static IReadOnlyList<T>? All<T>(IReadOnlyList<TextSample> samples, string field, Func<TextSample, T?> label) where T : struct
    {
        ArgumentNullException.ThrowIfNull(samples);
        T?[] labels = [.. samples.Select(label)];
        return labels.All(l => l is null) ? null : [.. labels.Select((l, i) => l ?? throw Lacks(i, field))];
    }

    /// <summary>The error for a sample without what the task needs.</summary>
    protected static BadInputException Lacks(int number, string field) =>
        new($"Sample {number} of the batch has no {field}. Give it one, or leave out the sample.");

    private static IReadOnlyList<TextSample> Texts(IReadOnlyList<Sample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return [.. samples.Select(sample => sample as TextSample
            ?? throw new BadInputException($"A task on texts takes a {nameof(TextSample)}, not a {sample?.GetType().Name ?? "null"}. Choose a data set of texts."))];
    }

    private static (int First, int Second) Shares(int first, int second, int room)
    {
        var excess = first + second - room;
        if (excess <= 0)
        {
            return (first, second);
        }

        // The longer one is cut down to the shorter one, then both in turn.
        var half = room / 2;
        return first <= half ? (first, room - first)
            : second <= room - half ? (room - second, second)
            : (half, room - half);
    }

    private void Freeze()
    {
        model.FreezeBackbone();
        if (!model.parameters().Any(p => p.requires_grad))
        {
            throw new PlinthException($"With freeze_backbone nothing of this model would learn: its head ({model.HeadKind}) has no weights of its own.");
        }
    }
}
