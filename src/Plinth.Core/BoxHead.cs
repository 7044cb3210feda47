using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>A head that also says where in the picture the things are whose classes it names.</summary>
public interface IBoxHead
{
    /// <summary>How many things it can tell of in a picture; "nothing" is said of those that are too many.</summary>
    int ThingCount { get; }

    /// <param name="features">Output of the backbone.</param>
    /// <param name="backbone">The backbone under the head.</param>
    /// <returns>Centre from the left and from the top, width and height, each as a share of the picture, 0 to 1; <c>[batch, thing, 4]</c>.</returns>
    Tensor Boxes(Features features, Backbone backbone);
}
