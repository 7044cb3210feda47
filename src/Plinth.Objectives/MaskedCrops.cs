using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>
/// Two crops of each text, tokens hidden in both: the model predicts the hidden tokens, and the mean of a crop's vectors must be nearest to
/// that of the text's other crop among all crops of the batch. The first teaches words, the second what a text is about (hidden tokens:
/// arXiv:1810.04805; independent crops: Izacard et al. 2021, arXiv:2112.09118).
/// </summary>
public sealed class MaskedCrops : Objective
{
    private readonly Model model;
    private readonly TokenMasking masking;
    private readonly CroppingOptions options;

    /// <param name="model">A model with a vocabulary head.</param>
    /// <param name="roles">Mask token and special tokens of its vocabulary.</param>
    /// <param name="options">How texts are cropped and tokens hidden.</param>
    /// <exception cref="PlinthException">The model has another head, or the vocabulary no mask token.</exception>
    public MaskedCrops(Model model, TokenRoles roles, CroppingOptions? options = null)
        : base(nameof(MaskedCrops))
    {
        ArgumentNullException.ThrowIfNull(roles);
        VocabularyLoss.HeadOf(model);
        this.model = model;
        this.options = options ?? new();
        masking = new(this.options, roles);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <inheritdoc />
    /// <remarks>Rows double: first one crop of each text, then the other of each. The labels are hidden positions and true ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var text = TextBatches.Of(batch);
        using var scope = NewDisposeScope();
        var (rows, seq) = ((int)text.InputIds.size(0), (int)text.InputIds.size(1));
        var ids = text.InputIds.contiguous().data<long>().ToArray();
        var real = text.AttentionMask?.to(ScalarType.Int64).contiguous().data<long>().ToArray();
        var starts = text.WordStarts?.contiguous().data<bool>().ToArray();
        var crops = new List<int[]>();                                                           // positions that a crop keeps
        for (var crop = 0; crop < 2 * rows; crop++)
        {
            var row = crop % rows;
            var length = real is null ? seq : Enumerable.Range(row * seq, seq).Count(i => real[i] != 0);
            crops.Add(Crop(row * seq, length, random));
        }

        var width = crops.Max(crop => crop.Length);
        long[] cropIds = new long[crops.Count * width], cropMask = new long[crops.Count * width];
        var cropStarts = starts is null ? null : new bool[crops.Count * width];
        for (var crop = 0; crop < crops.Count; crop++)
        {
            for (var i = 0; i < width; i++)
            {
                var (to, isReal) = ((crop * width) + i, i < crops[crop].Length);
                // Any id may stand where the mask is 0.
                cropIds[to] = ids[isReal ? crops[crop][i] : 0];
                cropMask[to] = isReal ? 1 : 0;
                if (cropStarts is not null)
                {
                    cropStarts[to] = isReal && (i == 1 || starts![crops[crop][i]]);
                }
            }
        }

        var cropped = new TextBatch
        {
            InputIds = tensor(cropIds, [crops.Count, width]),
            AttentionMask = tensor(cropMask, [crops.Count, width]).MoveToOuterDisposeScope(),
            WordStarts = cropStarts is null ? null : tensor(cropStarts, [crops.Count, width]),
            SourceNames = text.SourceNames is { } names ? [.. names, .. names] : null,
            TokenCount = crops.Sum(crop => crop.Length),
        };
        var hidden = masking.Hide(cropped, random);
        return hidden with { InputIds = hidden.InputIds.MoveToOuterDisposeScope(), Labels = hidden.Labels!.MoveToOuterDisposeScope() };
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [TextBatches.Targets(batch).size(0), TextBatches.Of(batch).InputIds.size(0) / 2];

    /// <inheritdoc />
    /// <remarks>Each text is compared with all others.</remarks>
    public override int PartCount(Batch batch) => 1;

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var targets = TextBatches.Targets(batch);
        var features = model.Backbone.Run(batch);
        var vectors = nn.functional.normalize(features.Mean(), dim: -1).chunk(2, 0);              // [text, hidden] each
        return
        [
            new("masked_lm", VocabularyLoss.Sum(model, features.Hidden, targets, shape: training ? options : null)),
            new("matching", ContrastiveLosses.Symmetric(vectors[0].matmul(vectors[1].t()) / options.Temperature).Sum, options.MatchingWeight),
        ];
    }

    // The first and the last token are the special ones and stay.
    private int[] Crop(int begin, int length, Random random)
    {
        var room = length - 2;
        if (room <= 2)
        {
            return [.. Enumerable.Range(begin, length)];
        }

        var share = options.LeastShare + ((options.GreatestShare - options.LeastShare) * random.NextDouble());
        var kept = Math.Clamp((int)Math.Round(share * room), 1, room);
        var first = begin + 1 + random.Next(room - kept + 1);
        return [begin, .. Enumerable.Range(first, kept), begin + length - 1];
    }
}
