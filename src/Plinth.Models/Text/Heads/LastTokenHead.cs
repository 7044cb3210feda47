using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Class logits of the last token that is not padding.</summary>
public sealed class LastTokenHead : ModelHead
{
    private readonly Projection score;
    private readonly int? padId;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="classCount">Classes.</param>
    /// <param name="padId">Id of padding, or null when sequences are never padded.</param>
    public LastTokenHead(int hidden, int classCount, int? padId)
        : base(nameof(LastTokenHead))
    {
        this.padId = padId;
        score = new(hidden, classCount, hasBias: false);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var real = features.InputIds is { } ids && padId is { } pad ? ids.ne(pad) : features.Mask?.ne(0);
        var seq = features.Hidden.size(1);
        if (real is null)
        {
            return score.forward(features.Hidden.select(1, seq - 1));
        }

        var columns = arange(seq, ScalarType.Int64, features.Hidden.device);
        var last = (real.to(ScalarType.Int64) * columns).argmax(-1);                             // [batch]
        var rows = arange(features.Hidden.size(0), ScalarType.Int64, features.Hidden.device);
        return score.forward(features.Hidden.index(TensorIndex.Tensor(rows), TensorIndex.Tensor(last)));
    }
}
