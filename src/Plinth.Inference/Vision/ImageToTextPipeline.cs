using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Vision;

/// <summary>A picture and a question in, what a decoder that is shown pictures says out (Liu et al. 2023, arXiv:2304.08485).</summary>
public sealed class ImageToTextPipeline
{
    private readonly Model model;
    private readonly PicturePrompt prompt;
    private readonly Tokenizer tokenizer;
    private readonly ImageProcessor processor;
    private readonly TokenGenerator generator;
    private readonly int batchSize;

    /// <param name="model">A decoder that is shown pictures; it stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="template">The prompt, with one &lt;image&gt; where the picture stands and {} for the question.</param>
    /// <param name="batchSize">Pictures that are answered together.</param>
    /// <exception cref="PlinthException">The model sees no pictures or does not write, or the template lacks a part.</exception>
    public ImageToTextPipeline(Model model, Tokenizer tokenizer, ImageProcessor processor, string template = PicturePrompt.DefaultTemplate, int batchSize = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        prompt = new(model, tokenizer, template);
        (this.model, this.tokenizer, this.processor, this.batchSize) = (model, tokenizer, processor, batchSize);
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
        // It stands for pictures alone, and a tokenizer may not even know it.
        resolved = resolved with { SuppressTokens = [.. resolved.SuppressTokens, prompt.ImageTokenId] };
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
        var count = prompt.TokensOf(batch);
        return [.. generator.Generate([.. questions.Select(question => prompt.Of(question, count))], batch, options, cancellation).Select(sequence => Decode(sequence, options))];
    }

    private string Decode(GeneratedSequence sequence, GenerationOptions options)
    {
        var text = new TextStream(tokenizer, [.. sequence.PromptIds.Where(id => id != prompt.ImageTokenId)], options);
        return (string.Concat(sequence.NewIds.Select(text.Append)) + text.Flush()).Trim();
    }
}
