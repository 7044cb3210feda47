using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>How texts and pictures that belong together are learnt.</summary>
public enum PairLoss
{
    /// <summary>Each text chooses its picture among all of the batch, and each picture its text.</summary>
    Choice,

    /// <summary>Each pair is judged by itself.</summary>
    EachPair,
}

/// <summary>A head that brings texts and pictures into one space. Its logits are <c>[image, text]</c>.</summary>
public interface IPairHead
{
    /// <summary>Makes one vector of a text's features.</summary>
    ModelHead Text { get; }

    /// <summary>Makes one vector of a picture's features.</summary>
    ModelHead Image { get; }

    /// <summary>How the pairs are learnt.</summary>
    PairLoss Loss { get; }

    /// <summary>Texts in the common space, of unit length.</summary>
    /// <param name="features">Features of texts.</param>
    /// <param name="backbone">The backbone under the head.</param>
    /// <returns><c>[text, common]</c>.</returns>
    Tensor TextVectors(Features features, Backbone backbone);

    /// <summary>Pictures in the common space, of unit length.</summary>
    /// <param name="features">Features of pictures.</param>
    /// <param name="backbone">The backbone under the head.</param>
    /// <returns><c>[image, common]</c>.</returns>
    Tensor ImageVectors(Features features, Backbone backbone);

    /// <summary>How well each text fits each picture.</summary>
    /// <param name="images">Pictures in the common space, of unit length; <c>[image, common]</c>.</param>
    /// <param name="texts">Texts in the common space, of unit length; <c>[text, common]</c>.</param>
    /// <returns>Logits; <c>[image, text]</c>.</returns>
    Tensor Compare(Tensor images, Tensor texts);

    /// <summary>Keeps what cosines are multiplied by within its bound, after each step of training.</summary>
    void BoundScale();
}
