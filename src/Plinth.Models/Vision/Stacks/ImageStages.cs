using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>Makes the first map of pictures.</summary>
public abstract class ImageStem : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected ImageStem(string name) : base(name) { }

    /// <summary>Channels of a picture.</summary>
    public abstract int ChannelCount { get; }

    /// <summary>Makes it.</summary>
    /// <param name="images">Pictures with as many channels.</param>
    /// <exception cref="ArgumentException">They are too small.</exception>
    public abstract EmbeddedImages Embed(ImageBatch images);
}

/// <summary>Layers that work on maps of one size.</summary>
public abstract class ImageStage : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected ImageStage(string name) : base(name) { }

    /// <summary>Relates the positions of a map to each other; the result may have fewer of them, and wider ones.</summary>
    public abstract EmbeddedImages Run(EmbeddedImages input);
}
