namespace Plinth.Core;

/// <summary>Where a picture comes from. It is decoded each time it is asked for, so that a set of any size costs little memory.</summary>
public abstract class ImageSource
{
    /// <summary>File, entry or row, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Reads and decodes the picture. Safe for concurrent use.</summary>
    /// <param name="background">The colour that transparent pixels are laid over, unless the source was made with one; null keeps the colours that stand in the file.</param>
    /// <exception cref="BadInputException">It cannot be read or decoded; the message names it.</exception>
    public abstract RgbImage Load(RgbColor? background = null);

    /// <summary>A picture that is in memory already.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="name">Its name, for messages.</param>
    public static ImageSource Of(RgbImage image, string name = "a picture in memory") => new Held(image, name);

    private sealed class Held(RgbImage image, string name) : ImageSource
    {
        public override string Name => name;

        public override RgbImage Load(RgbColor? background = null) => image;
    }
}
