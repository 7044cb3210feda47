using Plinth.Core;
using Plinth.Data.Text.Batching;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using static TorchSharp.torch;

namespace Plinth.Tasks.Vision;

/// <summary>
/// Captions and answers to questions about pictures, written by a decoder that is shown them (Liu et al. 2023, arXiv:2304.08485). As in
/// <see cref="CausalFinetuning"/> only the answer and the end token after it are learnt. Of a picture's texts one is drawn each time that
/// it is seen; all of them are scored.
/// </summary>
public sealed class ImageToText : ImageTask
{
    private readonly ImageToTextOptions options;
    private readonly PicturePrompt prompt;
    private readonly ImageToTextPipeline pipeline;
    private readonly int padId;

    /// <param name="model">A decoder that is shown pictures, such as llava.</param>
    /// <param name="processor">Its tokenizer and image processor.</param>
    /// <param name="options">Prompts, batches and what is learnt.</param>
    /// <exception cref="PlinthException">The model has another head or sees no pictures, or an option is impossible.</exception>
    public ImageToText(Model model, PictureTextProcessor processor, ImageToTextOptions? options = null)
        : base("image_to_text", model, processor?.Images!, options ??= new(), HeadKind.CausalLanguageModeling)
    {
        ArgumentNullException.ThrowIfNull(processor);
        this.options = options;
        prompt = new(model, processor.Tokenizer, options.Template);
        pipeline = new(model, processor.Tokenizer, processor.Images, options.Template, options.AnswerBatchSize);
        padId = TextRow.PadIdOf(processor.Tokenizer);
    }

    private bool UsesCaptions => options.Texts != PictureTexts.Answers;

    private bool UsesQuestions => options.Texts != PictureTexts.Captions;

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [AnswerRow.Count(batch)];

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => VocabularyLoss.Rows(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => [AnswerRow.Loss(Model, batch)];

    /// <inheritdoc />
    protected override ImageSample Chosen(ImageSample sample, Random random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(random);
        var (questions, captions) = (UsesQuestions ? sample.Questions.Count : 0, UsesCaptions ? sample.Captions.Count : 0);
        var chosen = random.Next(Math.Max(1, questions + captions));
        return sample with
        {
            Questions = chosen < questions ? [sample.Questions[chosen]] : [],
            Captions = chosen >= questions && captions > 0 ? [sample.Captions[chosen - questions]] : [],
        };
    }

    /// <inheritdoc />
    /// <remarks>One row for each text that is learnt; a picture with several stands there as often. The labels are as in <see cref="CausalFinetuning"/>.</remarks>
    protected override TextBatch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(samples);
        var count = prompt.TokensOf(images);
        long[] pictures = [.. samples.Index().SelectMany(sample => Learnt(sample.Item).Select(_ => (long)sample.Index))];
        var bare = Enumerable.Range(0, samples.Count).FirstOrDefault(i => !pictures.Contains(i), -1);
        if (bare >= 0)
        {
            throw Lacks(bare, options.Texts switch { PictureTexts.Captions => "caption", PictureTexts.Answers => "question with its answer", _ => "caption and no question" });
        }

        var batch = AnswerRow.Batch([.. samples.SelectMany(Learnt).Select(text => Row(text.Question, text.Answer, count))], padId);
        return batch with { Images = pictures.Length == samples.Count ? images : images with { PixelValues = images.PixelValues.index_select(0, tensor(pictures)) } };
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<ImageSample> samples)
    {
        var asked = samples.Index().SelectMany(sample => Asked(sample.Item).Select(asked => (Number: sample.Index, sample.Item.Image, asked.Question))).ToList();
        var written = pipeline.Write([.. asked.Select(item => (item.Image, item.Question))], options.Writing());
        var texts = asked.Zip(written).ToLookup(pair => pair.First.Number, pair => pair.Second);
        return [.. samples.Select((_, i) => new TextAnswers([.. texts[i]]))];
    }

    /// <inheritdoc />
    /// <remarks>
    /// <c>exact_match</c> of the answers to questions, by the rules of <see cref="SquadMetrics"/>; <c>bleu</c> and <c>chrf</c> of descriptions against all
    /// captions of their picture; <c>answer_perplexity</c> per token of all texts that could be learnt.
    /// </remarks>
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers)
    {
        var told = samples.Zip(answers.Cast<TextAnswers>(), (sample, answer) => Asked(sample).Zip(answer.Texts)).SelectMany(pairs => pairs).Where(pair => pair.First.Right.Count > 0).ToList();
        var (questions, captions) = (told.Where(pair => !pair.First.IsCaption).ToList(), told.Where(pair => pair.First.IsCaption).ToList());
        List<KeyValuePair<string, double>> scores = [];
        if (questions.Count > 0)
        {
            scores.Add(new("exact_match", SquadMetrics.Of([.. questions.Select(pair => pair.Second)], [.. questions.Select(pair => pair.First.Right)]).ExactMatch));
        }

        if (captions.Count > 0)
        {
            string[] written = [.. captions.Select(pair => pair.Second)];
            IReadOnlyList<string>[] right = [.. captions.Select(pair => pair.First.Right)];
            scores.AddRange([new("bleu", Bleu.Of(written, right)), new("chrf", ChrF.Of(written, right))]);
        }

        var likelihoods = Quietly(samples, Likelihoods);
        scores.Add(new("answer_perplexity", Perplexity.Of(-likelihoods.Sum(answer => answer.LogProbability), likelihoods.Sum(answer => (long)answer.TokenCount))));
        return scores;
    }

    // Per row of the batch; a picture's rows stand together, and only their sums are asked for.
    private List<AnswerLikelihood> Likelihoods(IReadOnlyList<ImageSample> samples)
    {
        var rows = AnswerRow.Likelihoods(Model, (TextBatch)Collate(samples).To(Model.Device));
        var owners = samples.Index().SelectMany(sample => Learnt(sample.Item).Select(_ => sample.Index)).Zip(rows).ToLookup(pair => pair.First, pair => pair.Second);
        return [.. samples.Select((_, i) => new AnswerLikelihood(owners[i].Sum(row => row.LogProbability), owners[i].Sum(row => row.TokenCount)))];
    }

    private AnswerRow Row(string question, string answer, int count)
    {
        int[] asked = [.. prompt.Of(question, count)];
        int[] said = [.. prompt.Answer(question, answer)];
        var room = Model.Backbone.MaximumLength - asked.Length;
        return room >= 1
            ? AnswerRow.Of(asked, said.AsSpan(0, Math.Min(room, said.Length)))
            : throw new BadInputException($"The question '{question}' takes {asked.Length} tokens with its picture's {count}, and this model reads {Model.Backbone.MaximumLength}, so that no answer fits. Shorten it, or build the model with a larger maximum_length.");
    }

    // What can be learnt: of the acceptable answers to a question the best one, of captions each.
    private IEnumerable<(string Question, string Answer)> Learnt(ImageSample sample) =>
    [
        .. (UsesQuestions ? sample.Questions : []).Where(question => question.Answers.Count > 0).Select(question => (question.Question, question.Answers[0])),
        .. (UsesCaptions ? sample.Captions : []).Select(caption => (options.Question, caption)),
    ];

    // What is asked: every question, and a description where there are captions to compare it with, or nothing else to ask.
    private List<AskedText> Asked(ImageSample sample)
    {
        List<AskedText> asked = [.. (UsesQuestions ? sample.Questions : []).Select(question => new AskedText(question.Question, question.Answers, false))];
        if ((UsesCaptions && sample.Captions.Count > 0) || asked.Count == 0)
        {
            asked.Add(new(options.Question, UsesCaptions ? sample.Captions : [], true));
        }

        return asked;
    }

    private sealed record AskedText(string Question, IReadOnlyList<string> Right, bool IsCaption);
}
