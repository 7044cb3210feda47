using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One linear map from each vector to class logits: tagging.</summary>
public sealed class ClassifierHead : TokenHead
{
    private readonly TokenTransform? taggerTransform;
    private readonly Projection tagger;
    private readonly double dropout;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="dropout">Probability of dropping a feature in training.</param>
    /// <param name="transform">What each vector passes first, or null.</param>
    public ClassifierHead(int hidden, int classCount, double dropout = 0, EncoderHeadOptions? transform = null)
        : base(nameof(ClassifierHead))
    {
        this.dropout = dropout;
        taggerTransform = transform is null ? null : TokenTransform.ForSummary(transform);
        tagger = new(hidden, classCount);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        vectors = taggerTransform?.forward(vectors) ?? vectors;
        return tagger.forward(training && dropout > 0 ? nn.functional.dropout(vectors, dropout, true) : vectors);
    }
}
