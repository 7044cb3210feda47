using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>What stands on a backbone. Each kind has one Hugging Face class per family, named in its <see cref="ModelFamily"/>.</summary>
public enum HeadKind
{
    /// <summary>The bare backbone.</summary>
    None,

    /// <summary>One vector for the whole sequence (BERT's pooler).</summary>
    Pooled,

    /// <summary>Vocabulary logits for hidden tokens.</summary>
    MaskedLanguageModeling,

    /// <summary>Vocabulary logits for the next token.</summary>
    CausalLanguageModeling,

    /// <summary>BERT's pair: vocabulary logits, then whether the second text follows the first.</summary>
    Pretraining,

    /// <summary>Logits per class for the whole sequence; one class means regression.</summary>
    SequenceClassification,

    /// <summary>Logits per class for each token.</summary>
    TokenClassification,

    /// <summary>Start and end logits for each token.</summary>
    QuestionAnswering,

    /// <summary>Whether each token was replaced, one logit per token (ELECTRA).</summary>
    ReplacedTokenDetection,

    /// <summary>Vocabulary logits for the next token of a decoder that reads an encoder's output.</summary>
    SequenceToSequence,

    /// <summary>One logit per choice, each choice a sequence of its own.</summary>
    MultipleChoice,

    /// <summary>Logits per class for the whole picture.</summary>
    ImageClassification,

    /// <summary>What hidden patches of a picture look like.</summary>
    MaskedImageModeling,

    /// <summary>Logits per class, and a box, for each thing that a picture may show.</summary>
    ObjectDetection,

    /// <summary>How well each text fits each picture.</summary>
    Contrastive,
}

/// <summary>Turns features into the outputs of one <see cref="HeadKind"/>. It is given its backbone, so that tied weights need no second owner.</summary>
public abstract class ModelHead : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected ModelHead(string name) : base(name) { }

    /// <summary>Computes the head's logits.</summary>
    /// <param name="features">Output of the backbone.</param>
    /// <param name="backbone">The backbone under this head.</param>
    /// <returns>Sequence and picture heads <c>[batch, class]</c>; token heads <c>[batch, seq, class]</c> or <c>[batch, seq, vocab]</c>.</returns>
    public abstract Tensor Logits(Features features, Backbone backbone);
}

/// <summary>A head that works on single vectors, so that objectives can skip the positions that are no targets.</summary>
public abstract class TokenHead : ModelHead
{
    /// <param name="name">Name of the module, for printing.</param>
    protected TokenHead(string name) : base(name) { }

    /// <summary>Computes logits of vectors.</summary>
    /// <param name="vectors"><c>[..., hidden]</c>.</param>
    /// <param name="backbone">The backbone under this head.</param>
    /// <returns><c>[..., class]</c>.</returns>
    public abstract Tensor Project(Tensor vectors, Backbone backbone);

    /// <inheritdoc />
    public sealed override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Project(features.Hidden, backbone);
    }
}

/// <summary>A backbone with at most one head: what a checkpoint folder holds.</summary>
public sealed class Model : nn.Module
{
    private readonly Backbone backbone;
    private readonly ModelHead? head;
    private KeyMap? keys;

    /// <param name="family">The architecture.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="headKind">What stands on the backbone.</param>
    /// <exception cref="PlinthException">The family has no such head.</exception>
    public Model(ModelFamily family, ModelConfig config, HeadKind headKind)
        : base(nameof(Model))
    {
        ArgumentNullException.ThrowIfNull(family);
        Family = family;
        Config = config;
        HeadKind = headKind;
        backbone = family.BuildBackbone(config);
        head = headKind == HeadKind.None ? null : family.BuildHead(headKind, config);
        RegisterComponents();
    }

    /// <summary>Puts another head on a backbone that is already in memory; the backbone is shared, not copied.</summary>
    /// <param name="other">The model whose backbone is used.</param>
    /// <param name="config">The same sizes, with the labels of the new head.</param>
    /// <param name="headKind">What stands on the backbone.</param>
    public Model(Model other, ModelConfig config, HeadKind headKind)
        : base(nameof(Model))
    {
        ArgumentNullException.ThrowIfNull(other);
        Family = other.Family;
        Config = config;
        HeadKind = headKind;
        backbone = other.backbone;
        head = headKind == HeadKind.None ? null : Family.BuildHead(headKind, config);
        RegisterComponents();
    }

    /// <summary>The architecture.</summary>
    public ModelFamily Family { get; }

    /// <summary>The sizes and labels, as in config.json.</summary>
    public ModelConfig Config { get; }

    /// <summary>What stands on the backbone.</summary>
    public HeadKind HeadKind { get; }

    /// <summary>Its weight names.</summary>
    public KeyMap Keys => keys ??= Family.KeysOf(Config);

    /// <summary>Where the weights are.</summary>
    public Device Device => backbone.parameters().First().device;

    /// <summary>The part that every task shares.</summary>
    public Backbone Backbone => backbone;

    /// <summary>The part of one task, or null for a bare backbone.</summary>
    public ModelHead? Head => head;

    /// <summary>Makes the backbone stand still, so that only what is outside it is trained.</summary>
    public void FreezeBackbone()
    {
        foreach (var parameter in backbone.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Runs backbone and head.</summary>
    /// <exception cref="InvalidOperationException">The model has no head.</exception>
    public Tensor Logits(Batch batch, EncodeContext? context = null) =>
        (head ?? throw new InvalidOperationException("This model is a bare backbone and gives features, not logits."))
            .Logits(backbone.Run(batch, context), backbone);
}
