using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>
/// One class per word. The first token of a word carries its label, as in BERT's own tagging experiments
/// (Devlin et al. 2018, arXiv:1810.04805, section 5.3); texts that are too long are read in several windows, so that no word is lost.
/// Of raw text, whose words the tokenizer finds, it gives entities with their places.
/// </summary>
public sealed class TokenClassification : TextTask
{
    private readonly int classCount;
    private readonly Aggregation aggregation;
    private readonly TokenClassificationOptions? shape;

    /// <param name="model">A model with a token classification head.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Lengths, batches and, as a <see cref="TokenClassificationOptions"/>, how entities are joined.</param>
    public TokenClassification(Model model, Tokenizer tokenizer, TextTaskOptions? options = null)
        : base("token_classification", model, tokenizer, options ??= new TokenClassificationOptions(), HeadKind.TokenClassification) =>
        (classCount, aggregation, shape) = (model.Config.LabelCount, (options as TokenClassificationOptions ?? new()).Aggregation, options as TokenClassificationOptions);

    /// <summary>Finds the entities of texts, in their order. Words that a sample gives are kept whole; else the tokenizer finds them.</summary>
    public IReadOnlyList<EntityAnswer> Entities(IReadOnlyList<TextSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return Quietly(samples, EntityBatch);
    }

    /// <inheritdoc />
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples)
    {
        var windows = Windows(samples, Split);
        var batch = Encode(windows);
        if (samples.All(s => s.Tags is null))
        {
            return batch;
        }

        var seq = (int)batch.InputIds.size(1);
        var labels = new long[windows.Count * seq];
        labels.AsSpan().Fill(Batch.IgnoredLabel);
        for (var row = 0; row < windows.Count; row++)
        {
            var window = windows[row];
            var tags = Tags(samples[window.Sample], window.Sample);
            foreach (var (column, word) in Columns(window))
            {
                labels[row * seq + column] = tags[word];
            }
        }

        return batch with { Labels = tensor(labels, [windows.Count, seq]) };
    }

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var logits = Model.Logits(batch).to(ScalarType.Float32).reshape(-1, classCount);          // [batch * seq, class]
        return [new("tagging", ClassLosses.Shaped(logits, batch.Labels!.flatten(), training ? shape : null))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var windows = Windows(samples, Split);
        var batch = Encode(windows);
        var (scores, tags) = Model.Logits(batch.To(Model.Device)).to(ScalarType.Float32).softmax(-1).max(-1);   // [row, seq] each
        var (best, chosen) = (scores.cpu().contiguous().data<float>().ToArray(), tags.cpu().contiguous().data<long>().ToArray());
        var seq = (int)batch.InputIds.size(1);
        // A word without tokens (control characters alone, for example) keeps the class for "nothing".
        var nothing = Math.Max(0, Model.Config.Labels.ToList().IndexOf("O"));
        WordTags[] answers = [.. samples.Select(s => Words(s).Count).Select(n => new WordTags(Enumerable.Repeat(nothing, n).ToArray(), new double[n]))];
        for (var row = 0; row < windows.Count; row++)
        {
            var answer = answers[windows[row].Sample];
            foreach (var (column, word) in Columns(windows[row]))
            {
                ((int[])answer.Tags)[word] = (int)chosen[row * seq + column];
                ((double[])answer.Scores)[word] = best[row * seq + column];
            }
        }

        return answers;
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        IReadOnlyList<int>[] given = [.. answers.Cast<WordTags>().Select(answer => answer.Tags)];
        IReadOnlyList<int>[] right = [.. samples.Select(Tags)];
        var accuracy = Accuracy.Of([.. given.SelectMany(tags => tags)], [.. right.SelectMany(tags => tags)]);
        var names = Model.Config.Labels;
        if (!names.All(IsEntityTag))
        {
            return [new("accuracy", accuracy)];
        }

        var entities = EntityF1.Of([.. given.Select(Named)], [.. right.Select(Named)]);
        return [new("entity_f1", entities.F1), new("entity_precision", entities.Precision), new("entity_recall", entities.Recall), new("accuracy", accuracy)];

        IReadOnlyList<string> Named(IReadOnlyList<int> tags) => [.. tags.Select(tag => names[tag])];
    }

    private static bool IsEntityTag(string name) => name == "O" || (name.Length > 2 && name[1] == '-' && "BIES".Contains(name[0]));

    private static IReadOnlyList<string> Words(TextSample sample) =>
        sample.Words ?? sample.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private IReadOnlyList<int> Tags(TextSample sample, int number)
    {
        var tags = sample.Tags ?? throw Lacks(number, "tags");
        var words = Words(sample).Count;
        if (tags.Count != words)
        {
            throw new BadInputException($"Sample {number} of the batch has {tags.Count} tags for {words} words. Give one tag per word.");
        }

        var unknown = tags.Where(tag => tag < 0 || tag >= classCount).Take(1).ToArray();
        return unknown.Length == 0
            ? tags
            : throw new BadInputException($"Sample {number} of the batch has the tag {unknown[0]}; the model has the classes 0 to {classCount - 1}.");
    }

    private IReadOnlyList<EntityAnswer> EntityBatch(IReadOnlyList<TextSample> samples)
    {
        var windows = Windows(samples, sample => sample.Words is null ? Raw(sample.Text) : Split(sample));
        var batch = Encode(windows);
        var scores = Model.Logits(batch.To(Model.Device)).to(ScalarType.Float32).softmax(-1).cpu().contiguous().data<float>().ToArray();
        var seq = (int)batch.InputIds.size(1);
        var prefix = Template(false).Prefix.Count;
        List<TaggedToken>[] tokens = [.. samples.Select(_ => new List<TaggedToken>())];
        for (var row = 0; row < windows.Count; row++)
        {
            var window = windows[row];
            for (var i = window.Start; i < window.End; i++)
            {
                var column = prefix + i - window.Start;
                tokens[window.Sample].Add(new(window.Text.Words[i], window.Text.Spans[i], new(scores, (row * seq + column) * classCount, classCount)));
            }
        }

        var groups = new EntityGroups(Model.Config.Labels, aggregation);
        return [.. samples.Select((sample, i) => new EntityAnswer(groups.Of(sample.Text, tokens[i])))];
    }

    private TextBatch Encode(IReadOnlyList<Window> windows) => TextRow.Batch([.. windows.Select(w => Template(false).Row(w.Text.Ids.AsSpan(w.Start, w.End - w.Start)))], PadId);

    // Where the first token of each word stands in a row.
    private IEnumerable<(int Column, int Word)> Columns(Window window)
    {
        var words = window.Text.Words;
        for (var i = window.Start; i < window.End; i++)
        {
            if (words[i] >= 0 && (i == window.Start || words[i] != words[i - 1]))
            {
                yield return (Template(false).Prefix.Count + i - window.Start, words[i]);
            }
        }
    }

    private List<Window> Windows(IReadOnlyList<TextSample> samples, Func<TextSample, Aligned> align)
    {
        List<Window> windows = [];
        var room = Room(isPair: false);
        for (var number = 0; number < samples.Count; number++)
        {
            var text = align(samples[number]);
            var (ids, words) = (text.Ids, text.Words);
            var start = 0;
            do
            {
                var end = Math.Min(ids.Length, start + room);
                // A window ends before a word that does not fit; a word longer than a window is cut.
                while (end < ids.Length && end > start + 1 && words[end] == words[end - 1] && words[start] != words[end])
                {
                    end--;
                }

                windows.Add(new(number, text, start, end));
                var last = end > 0 ? words[end - 1] : -1;
                while (end < ids.Length && words[end] == last)
                {
                    end++;
                }

                start = end;
            }
            while (start < ids.Length);
        }

        return windows;
    }

    // The text is encoded whole, as the model knows text; the end of a token's piece tells its word, since some
    // tokenizers count the space before a word to it.
    private Aligned Split(TextSample sample)
    {
        var words = Words(sample);
        var wordOf = new List<int>();
        for (var word = 0; word < words.Count; word++)
        {
            wordOf.AddRange(Enumerable.Repeat(word, words[word].Length + 1));
        }

        var encoding = Tokenizer.Encode(string.Join(' ', words), null, addSpecial: false);
        return new([.. encoding.Ids], [.. encoding.Spans.Select(span => span.End > 0 && span.End <= wordOf.Count ? wordOf[span.End - 1] : -1)], encoding.Spans);
    }

    private Aligned Raw(string text)
    {
        var encoding = Tokenizer.Encode(text, null, addSpecial: false);
        var word = -1;
        return new([.. encoding.Ids], [.. encoding.StartsWord.Select(starts => starts ? ++word : Math.Max(0, word))], encoding.Spans);
    }

    private sealed record Aligned(int[] Ids, int[] Words, IReadOnlyList<TokenSpan> Spans);

    private sealed record Window(int Sample, Aligned Text, int Start, int End);
}
