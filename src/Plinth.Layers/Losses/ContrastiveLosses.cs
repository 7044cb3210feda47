using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Losses that pull matching vectors together and push others apart.</summary>
public static class ContrastiveLosses
{
    /// <summary>Picks each query's own key among all keys of the batch (van den Oord et al. 2018, arXiv:1807.03748).</summary>
    /// <param name="queries">Vectors of unit length; <c>[batch, hidden]</c>.</param>
    /// <param name="keys">Row i belongs to query i; more rows are wrong for everyone; unit length <c>[key, hidden]</c>.</param>
    /// <param name="temperature">Divides the cosines; small values look at the hardest keys only.</param>
    public static SummedLoss InfoNce(Tensor queries, Tensor keys, double temperature)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        return Matching(queries.matmul(keys.transpose(0, 1)) / temperature);
    }

    /// <summary>The same choice made both ways, by row and by column, and averaged (Radford et al. 2021, arXiv:2103.00020).</summary>
    /// <param name="similarities">Scaled similarity of each first with each second; <c>[batch, batch]</c>.</param>
    public static SummedLoss Symmetric(Tensor similarities)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        var rows = Matching(similarities);
        return rows with { Sum = (rows.Sum + Matching(similarities.transpose(0, 1)).Sum) / 2 };
    }

    /// <summary>Each pair judged by itself, matching or not (Zhai et al. 2023, arXiv:2303.15343). The count is the number of rows, as in the paper.</summary>
    /// <param name="similarities">Scaled and shifted similarity of each first with each second; <c>[batch, batch]</c>.</param>
    public static SummedLoss Sigmoid(Tensor similarities)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        var sign = 2 * eye(similarities.size(0), similarities.size(1), similarities.dtype, similarities.device) - 1;
        return new(-F.logsigmoid(sign * similarities).sum(), similarities.size(0));
    }

    /// <summary>The positive must be nearer than the negative by a margin (Schroff et al. 2015, arXiv:1503.03832).</summary>
    /// <param name="anchors"><c>[batch, hidden]</c>.</param>
    /// <param name="positives"><c>[batch, hidden]</c>.</param>
    /// <param name="negatives"><c>[batch, hidden]</c>.</param>
    /// <param name="margin">Difference of the distances that is enough.</param>
    public static SummedLoss Triplet(Tensor anchors, Tensor positives, Tensor negatives, double margin = 1)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        return new(F.triplet_margin_loss(anchors, positives, negatives, margin, reduction: nn.Reduction.Sum), anchors.size(0));
    }

    /// <summary>One minus the cosine for pairs that match; the cosine above a margin for pairs that do not.</summary>
    /// <param name="first"><c>[batch, hidden]</c>.</param>
    /// <param name="second"><c>[batch, hidden]</c>.</param>
    /// <param name="signs">1 where the pair matches and -1 where not, or null when all match; <c>[batch]</c>.</param>
    /// <param name="margin">Cosine that is allowed between vectors that do not match.</param>
    public static SummedLoss Cosine(Tensor first, Tensor second, Tensor? signs = null, double margin = 0)
    {
        ArgumentNullException.ThrowIfNull(first);
        signs ??= ones(first.size(0), first.dtype, first.device);
        return new(F.cosine_embedding_loss(first, second, signs, margin, nn.Reduction.Sum), first.size(0));
    }

    /// <summary>
    /// Cosines in the order of the values: each pair of rows whose cosines stand the wrong way round is penalised, however the values are scaled
    /// (Huang et al. 2024, "CoSENT: Consistent Sentence Embedding via Similarity Ranking").
    /// </summary>
    /// <param name="cosines">One per row; <c>[batch]</c>.</param>
    /// <param name="values">What the order follows; <c>[batch]</c>.</param>
    /// <param name="temperature">Divides the differences of the cosines.</param>
    public static SummedLoss Ranking(Tensor cosines, Tensor values, double temperature)
    {
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(values);
        var wrong = (cosines.unsqueeze(0) - cosines.unsqueeze(1)) / temperature;                    // [i, j]: cosine j over cosine i
        var counted = values.unsqueeze(1) > values.unsqueeze(0);                                    // where i should be over j
        var scores = wrong.masked_fill(counted.logical_not(), float.NegativeInfinity).flatten();
        // The zero is the 1 of log(1 + sum).
        var loss = cat([zeros(1, cosines.dtype, cosines.device), scores]).logsumexp(0);
        return new(loss * cosines.size(0), cosines.size(0));
    }

    private static SummedLoss Matching(Tensor scores)
    {
        var own = arange(scores.size(0), ScalarType.Int64, scores.device);
        return new(F.cross_entropy(scores, own, reduction: nn.Reduction.Sum), scores.size(0));
    }
}
