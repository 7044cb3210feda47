using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Which token's vector stands for a text.</summary>
public enum TextSummary
{
    /// <summary>The first that is the end token.</summary>
    EndToken,

    /// <summary>The one with the largest id: the end token of CLIP's vocabulary, whatever config.json calls so.</summary>
    LargestId,

    /// <summary>The last column, padding or not.</summary>
    LastColumn,
}

/// <summary>Form of a text's vector.</summary>
public sealed record TextVectorOptions
{
    /// <summary>Width of the features.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Which token stands for the text.</summary>
    public required TextSummary Summary { get; init; }

    /// <summary>Id of the end token, for <see cref="TextSummary.EndToken"/>.</summary>
    public int EndId { get; init; }

    /// <summary>Width of the linear map that follows; null leaves it out.</summary>
    public int? OutputSize { get; init; }
}

/// <summary>One vector for the whole text (Radford et al. 2021, arXiv:2103.00020).</summary>
public sealed class TextVectorHead : ModelHead
{
    private readonly Projection? vector;
    private readonly TextVectorOptions options;

    /// <param name="options">Its form.</param>
    public TextVectorHead(TextVectorOptions options)
        : base(nameof(TextVectorHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        vector = options.OutputSize is { } size ? new(options.HiddenSize, size) : null;
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var summary = options.Summary == TextSummary.LastColumn
            ? features.Hidden.select(1, features.Hidden.size(1) - 1)
            : features.Hidden.gather(1, Column(features).view(-1, 1, 1).expand(-1, 1, features.Hidden.size(-1))).squeeze(1); // [batch, hidden]
        return vector?.forward(summary) ?? summary;
    }

    private Tensor Column(Features features)
    {
        var ids = features.InputIds ?? throw new ArgumentException("The vector of a text is found by its token ids, and these features came from none.", nameof(features));
        return (options.Summary == TextSummary.LargestId ? ids : ids.eq(options.EndId).to(ScalarType.Int64)).argmax(1);
    }
}
