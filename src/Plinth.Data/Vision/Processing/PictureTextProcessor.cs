using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>What makes the input of a model of pictures and words: a tokenizer beside an image processor.</summary>
/// <param name="Tokenizer">Makes tokens of texts.</param>
/// <param name="Images">Makes values of pictures.</param>
public sealed record PictureTextProcessor(Tokenizer Tokenizer, ImageProcessor Images) : IProcessor
{
    /// <summary>Reads both from a checkpoint's folder.</summary>
    /// <exception cref="PlinthException">One of them is missing or malformed.</exception>
    public static PictureTextProcessor Load(string folder) => new(TokenizerFiles.Load(folder), ImageProcessor.Load(folder));

    /// <inheritdoc />
    public void Save(string folder)
    {
        Tokenizer.Save(folder);
        Images.Save(folder);
    }

    /// <summary>The part of a processor that a modality needs; the whole where it is no pair.</summary>
    /// <param name="processor">Any processor.</param>
    /// <param name="modality">Texts, or pictures.</param>
    public static IProcessor Part(IProcessor processor, Modality modality) => (processor, modality) switch
    {
        (PictureTextProcessor pair, Modality.Text) => pair.Tokenizer,
        (PictureTextProcessor pair, Modality.Image) => pair.Images,
        _ => processor,
    };
}
