using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One linear map from each vector to class logits: tagging and span heads.</summary>
public sealed class ClassifierHead : TokenHead
{
    private readonly Projection classifier;
    private readonly double dropout;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="dropout">Probability of dropping a feature in training.</param>
    public ClassifierHead(int hidden, int classCount, double dropout = 0)
        : base(nameof(ClassifierHead))
    {
        this.dropout = dropout;
        classifier = new(hidden, classCount);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone) =>
        classifier.forward(training && dropout > 0 ? nn.functional.dropout(vectors, dropout, true) : vectors);
}
