using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text;

/// <summary>Next-token logits: by the token table itself when tied, else by a map of its own.</summary>
public sealed class VocabularyHead : TokenHead
{
    private readonly Projection? output;

    /// <summary>Makes a tied head; it has no weights of its own.</summary>
    public VocabularyHead() : base(nameof(VocabularyHead)) { }

    /// <summary>Makes a head with its own map.</summary>
    /// <param name="hidden">Width of the features.</param>
    /// <param name="vocabulary">Entries in the vocabulary.</param>
    public VocabularyHead(int hidden, int vocabulary)
        : base(nameof(VocabularyHead))
    {
        output = new(hidden, vocabulary, hasBias: false);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return output is null ? nn.functional.linear(vectors, backbone.TokenEmbedding!) : output.forward(vectors);
    }
}
