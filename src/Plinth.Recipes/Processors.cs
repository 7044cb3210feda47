using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;

namespace Plinth.Recipes;

/// <summary>The processors of checkpoints, by what their models take in.</summary>
internal static class Processors
{
    /// <summary>Loads what turns samples into the model's input.</summary>
    /// <exception cref="PlinthException">It is not there, or malformed.</exception>
    public static IProcessor Load(string folder, Modality modality) => modality switch
    {
        Modality.Image => ImageProcessor.Load(folder),
        Modality.Text | Modality.Image when File.Exists(Path.Combine(folder, ImageProcessor.FileName)) => PictureTextProcessor.Load(folder),
        // Without its image processor such a model still reads texts.
        _ => TokenizerFiles.Load(folder),
    };
}
