using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Bert;

/// <summary>BERT's pooler: the first token's vector through a dense layer and tanh.</summary>
public sealed class BertPooler : ModelHead
{
    private readonly Projection dense;

    /// <param name="hidden">Width of the features.</param>
    public BertPooler(int hidden)
        : base(nameof(BertPooler))
    {
        dense = new(hidden, hidden);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        return dense.forward(features.Hidden.select(1, 0)).tanh();
    }
}

/// <summary>Class logits of the pooled vector: sequence classification, and multiple choice with one class.</summary>
public sealed class BertSequenceHead : ModelHead
{
    private readonly BertPooler pooler;
    private readonly Projection classifier;
    private readonly double dropout;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="dropout">Probability of dropping a pooled component in training.</param>
    public BertSequenceHead(int hidden, int classCount, double dropout)
        : base(nameof(BertSequenceHead))
    {
        this.dropout = dropout;
        pooler = new(hidden);
        classifier = new(hidden, classCount);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        var pooled = pooler.Logits(features, backbone);
        return classifier.forward(training && dropout > 0 ? nn.functional.dropout(pooled, dropout, true) : pooled);
    }
}

/// <summary>Vocabulary logits: a dense layer and a norm, then the token table itself with a vector added.</summary>
public sealed class BertVocabularyHead : TokenHead
{
    private readonly Projection transform;
    private readonly Norm transformNorm;
    private readonly Parameter outputBias;
    private readonly Func<Tensor, Tensor> activation;

    /// <param name="config">Its sizes.</param>
    public BertVocabularyHead(BertConfig config)
        : base(nameof(BertVocabularyHead))
    {
        ArgumentNullException.ThrowIfNull(config);
        transform = new(config.HiddenSize, config.HiddenSize);
        transformNorm = new(NormKind.LayerNorm, config.HiddenSize, config.LayerNormEps);
        outputBias = new Parameter(zeros(config.VocabSize));
        activation = Activation.Named(config.HiddenAct);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return nn.functional.linear(transformNorm.forward(activation(transform.forward(vectors))), backbone.TokenEmbedding!, outputBias);
    }
}

/// <summary>BERT's two pre-training outputs.</summary>
public sealed class BertPretrainingHead : TokenHead, INextSentenceHead
{
    private readonly BertVocabularyHead predictions;
    private readonly BertPooler pooler;
    private readonly Projection relationship;

    /// <param name="config">Its sizes.</param>
    public BertPretrainingHead(BertConfig config)
        : base(nameof(BertPretrainingHead))
    {
        ArgumentNullException.ThrowIfNull(config);
        predictions = new(config);
        pooler = new(config.HiddenSize);
        relationship = new(config.HiddenSize, 2);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone) => predictions.Project(vectors, backbone);

    /// <inheritdoc />
    public Tensor NextSentence(Features features, Backbone backbone) => relationship.forward(pooler.Logits(features, backbone));
}
