using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Two outputs: hidden tokens, and how two texts are related (BERT: whether the second follows; ALBERT: their order).</summary>
public sealed class PretrainingHead : TokenHead, INextSentenceHead
{
    private readonly MaskedTokenHead predictions;
    private readonly SummaryHead pooler;
    private readonly Projection relationship;

    /// <param name="options">Its form.</param>
    public PretrainingHead(EncoderHeadOptions options)
        : base(nameof(PretrainingHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        predictions = new(options);
        pooler = new(options);
        relationship = new(options.HiddenSize, 2);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone) => predictions.Project(vectors, backbone);

    /// <inheritdoc />
    public Tensor NextSentence(Features features, Backbone backbone) => relationship.forward(pooler.Logits(features, backbone));
}
