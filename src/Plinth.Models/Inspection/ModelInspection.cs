using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Convolution;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using Plinth.Layers.Positions;
using Plinth.Models.Text.Stacks;
using Plinth.Models.Vision.Stacks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Inspection;

/// <summary>What a parameter serves.</summary>
public enum ModelPart
{
    /// <summary>Tables of tokens, positions and segments, and maps between their width and the blocks'.</summary>
    Embeddings,

    /// <summary>Queries, keys, values and output; learned biases of positions too.</summary>
    Attention,

    /// <summary>Feed-forward networks, experts and their routers.</summary>
    FeedForward,

    /// <summary>Convolutions between the maps of pictures, and maps of several positions to one.</summary>
    Convolution,

    /// <summary>Scales and shifts of norms.</summary>
    Norms,

    /// <summary>What stands on the backbone; a tied table is counted once, among the embeddings.</summary>
    Head,
}

/// <summary>Counts of one model, taken from the modules themselves.</summary>
/// <param name="Parts">Parameters by what they serve; every part is listed.</param>
/// <param name="BlockCount">Blocks that have parameters of their own.</param>
/// <param name="WindowedBlockCount">Those of them that see a window only.</param>
/// <param name="CacheElements">Numbers that one token adds to the key-value cache; 0 where there is none.</param>
/// <param name="ActivationElements">Estimate of the numbers per token that a training step keeps for its way back.</param>
/// <param name="MaximumLength">Longest sequence; null when positions set no bound.</param>
public sealed record ModelInspection(
    IReadOnlyDictionary<ModelPart, long> Parts, int BlockCount, int WindowedBlockCount, long CacheElements, double ActivationElements, int? MaximumLength)
{
    /// <summary>Width of the heads of all attentions together: what one position costs another is so many multiplications, twice.</summary>
    public long AttentionElements { get; init; }

    /// <summary>Whether there are feed-forward networks of which a token passes only some.</summary>
    public bool HasExperts { get; init; }

    /// <summary>All parameters.</summary>
    public long ParameterCount => Parts.Values.Sum();

    /// <summary>Counts a model of a config: its real modules are built, as shapes without memory.</summary>
    /// <param name="family">The architecture.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="head">What stands on the backbone.</param>
    /// <exception cref="PlinthException">The family has no such head, or the sizes contradict each other.</exception>
    public static ModelInspection Of(ModelFamily family, ModelConfig config, HeadKind head)
    {
        using var scope = NewDisposeScope();
        using var shapes = FreshWeights.ShapesOnly();
        using var model = new Model(family, config, head);
        return Of(model);
    }

    /// <summary>Counts a model that is there.</summary>
    public static ModelInspection Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var parts = Enum.GetValues<ModelPart>().ToDictionary(part => part, _ => 0L);
        Count(model, ModelPart.Embeddings, parts);
        var blocks = model.Backbone.modules().OfType<TransformerBlock>().Select(block => block.Attention).ToList();
        // What reads in one direction and writes nothing, as CLIP's part that reads, keeps no cache.
        var writes = model.Family.IsCausal || model.Family.Architectures.ContainsKey(HeadKind.SequenceToSequence);
        var cache = blocks.Where(_ => writes).Where(options => options.Pattern == AttentionPattern.Causal).Sum(options => 2L * options.ResolvedKeyValueHeadCount * options.ResolvedHeadSize);
        return new(
            parts,
            blocks.Count,
            blocks.Count(options => options.Window is not null),
            cache,
            Activations(model, 1),
            model.Backbone.MaximumLength >= StackOptions.Unbounded ? null : model.Backbone.MaximumLength)
        {
            AttentionElements = blocks.Sum(options => (long)options.HeadCount * options.ResolvedHeadSize),
            HasExperts = model.Backbone.modules().OfType<MixtureOfExperts>().Any(),
        };
    }

    private static void Count(nn.Module module, ModelPart inherited, Dictionary<ModelPart, long> parts)
    {
        var part = module switch
        {
            _ when inherited == ModelPart.Head => ModelPart.Head,
            ModelHead => ModelPart.Head,
            Norm or BatchNorm => ModelPart.Norms,
            ImageStage => ModelPart.Convolution,
            MultiHeadAttention or RelativeBuckets or DisentangledPositions => ModelPart.Attention,
            FeedForwardNetwork or MixtureOfExperts => ModelPart.FeedForward,
            _ => inherited,
        };
        // A matrix in few bits is no parameter any more.
        parts[part] += module.parameters(recurse: false).Sum(parameter => parameter.numel()) + (module is Projection { Quantized: not null } held ? held.InputSize * held.OutputSize : 0);
        foreach (var child in module.children())
        {
            Count(child, part, parts);
        }
    }

    // Each linear map keeps its input, and what it feeds keeps the output; each norm keeps its input. For GPT's blocks that is 18 times
    // the width, 36 bytes in 16 bits: Korthikanti et al. 2022 (arXiv:2205.05198) count 34 where no matrix of scores is kept.
    private static double Activations(nn.Module module, double share) => module switch
    {
        Projection projection => share * (projection.InputSize + projection.OutputSize),
        Norm norm => share * norm.parameters(recurse: false).First().numel(),
        ModelHead => 0,
        MixtureOfExperts experts => module.children().Sum(child => Activations(child, share * experts.UsedShare)),
        _ => module.children().Sum(child => Activations(child, share)),
    };
}
