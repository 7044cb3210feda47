using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Inference.Vision;

/// <summary>A picture and a question in, what a decoder that is shown pictures says out (Liu et al. 2023, arXiv:2304.08485).</summary>
public sealed class ImageToTextPipeline
{
    /// <summary>How LLaVA was asked in its training.</summary>
    public const string DefaultTemplate = "USER: <image>\n{} ASSISTANT:";

    private const string Picture = "<image>", Place = "{}";
    private readonly Model model;
    private readonly SeeingBackbone seeing;
    private readonly Tokenizer tokenizer;
    private readonly ImageProcessor processor;
    private readonly TokenGenerator generator;
    private readonly string template;
    private readonly int batchSize;

    /// <param name="model">A decoder that is shown pictures; it stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="template">The prompt, with one &lt;image&gt; where the picture stands and {} for the question.</param>
    /// <param name="batchSize">Pictures that are answered together.</param>
    /// <exception cref="PlinthException">The model sees no pictures or does not write, or the template lacks a part.</exception>
    public ImageToTextPipeline(Model model, Tokenizer tokenizer, ImageProcessor processor, string template = DefaultTemplate, int batchSize = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        seeing = model.Backbone as SeeingBackbone
            ?? throw new PlinthException($"Pictures are told of by a model like llava; a '{model.Family.ModelType}' does not write about pictures.");
        if (template.Split(Picture).Length != 2 || !template.Contains(Place, StringComparison.Ordinal))
        {
            throw new PlinthException($"The template '{template}' needs one {Picture} where the picture stands, and a {Place} for the question.");
        }

        (this.model, this.tokenizer, this.processor, this.template, this.batchSize) = (model, tokenizer, processor, template, batchSize);
        generator = new(model);
    }

    /// <summary>What is said of pictures, in their order.</summary>
    /// <param name="asked">The pictures, each with its question.</param>
    /// <param name="options">How tokens are chosen, and where a text stops; null takes the defaults.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, a picture cannot be read, or a prompt does not fit the model.</exception>
    public IReadOnlyList<string> Write(IReadOnlyList<(ImageSource Picture, string Question)> asked, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var resolved = CausalModel.WithEnd(options ?? new(), model, tokenizer);
        return resolved.NumReturnSequences != 1
            ? throw new PlinthException($"num_return_sequences = {resolved.NumReturnSequences}: a picture gets one text. Leave it at 1.")
            : PictureReader.Map(
                [.. asked.Select(item => item.Picture)], processor, batchSize,
                (images, places) => Batch(images, [.. places.Select(place => asked[place].Question)], resolved, cancellation), cancellation);
    }

    private IReadOnlyList<string> Batch(IReadOnlyList<RgbImage> images, IReadOnlyList<string> questions, GenerationOptions options, CancellationToken cancellation)
    {
        using var pass = new EvaluationPass(model);
        var batch = PictureReader.Batch(processor, model, images);
        var count = seeing.TokensOf(batch);
        return [.. generator.Generate([.. questions.Select(question => Prompt(question, count))], batch, options, cancellation).Select(sequence => Decode(sequence, options))];
    }

    // A question that names the token would ask for a second picture.
    private IReadOnlyList<int> Prompt(string question, int count)
    {
        if (question.Contains(Picture, StringComparison.Ordinal))
        {
            throw new BadInputException($"The question holds {Picture}, which stands for the picture itself. Leave it out.");
        }

        var text = template.Replace(Place, question, StringComparison.Ordinal);
        var ids = tokenizer.EncodeIds(text, addSpecial: true);
        if (ids.Count(id => id == seeing.ImageTokenId) != 1)
        {
            // The tokenizer does not know the token.
            var parts = text.Split(Picture);
            ids = tokenizer.AddSpecial([.. tokenizer.EncodeIds(parts[0]), seeing.ImageTokenId, .. tokenizer.EncodeIds(parts[1])], null).Ids;
        }

        return [.. ids.SelectMany(id => Enumerable.Repeat(id, id == seeing.ImageTokenId ? count : 1))];
    }

    private string Decode(GeneratedSequence sequence, GenerationOptions options)
    {
        var text = new TextStream(tokenizer, [.. sequence.PromptIds.Where(id => id != seeing.ImageTokenId)], options);
        return (string.Concat(sequence.NewIds.Select(text.Append)) + text.Flush()).Trim();
    }
}
