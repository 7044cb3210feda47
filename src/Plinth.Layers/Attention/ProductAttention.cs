using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>Attention by two batched products with a softmax between them, all of which libtorch records.</summary>
internal static class ProductAttention
{
    private const long FloatsOfRegister = 16;

    /// <summary>Attends.</summary>
    /// <param name="q"><c>[batch, heads, query, head]</c>.</param>
    /// <param name="k"><c>[batch, heads, key, head]</c>.</param>
    /// <param name="v"><c>[batch, heads, key, head]</c>.</param>
    /// <param name="bias">Added to the scores, or null; what <c>[batch, heads, query, key]</c> can be made of.</param>
    /// <param name="isCausal">Whether later positions are hidden.</param>
    /// <param name="scale">What the scores are multiplied by.</param>
    /// <param name="dropout">Share of the weights that is dropped.</param>
    /// <param name="cap">Bound of the scores, or null.</param>
    /// <returns><c>[batch, heads, query, head]</c>.</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? bias, bool isCausal, double scale, double dropout = 0, double? cap = null)
    {
        // libtorch's softmax is several times slower over rows shorter than a vector register than down the columns of a table.
        var isTurned = k.size(-2) < FloatsOfRegister;
        Tensor Turned(Tensor table) => isTurned ? table.transpose(-1, -2) : table;

        var scaled = q * scale;
        var scores = (isTurned ? k : scaled).matmul((isTurned ? scaled : k).transpose(-1, -2));
        scores = cap is { } bound ? (scores / bound).tanh() * bound : scores;
        scores = bias is null ? scores : scores + Turned(bias);
        scores = isCausal ? scores + Turned(Later(q, k)) : scores;
        var weights = Turned(nn.functional.softmax(scores.to(ScalarType.Float32), isTurned ? -2 : -1).to(q.dtype));
        return (dropout > 0 ? nn.functional.dropout(weights, dropout, true) : weights).matmul(v);
    }

    /// <summary>What hides later positions; <c>[query, key]</c>.</summary>
    /// <param name="q"><c>[..., query, head]</c>.</param>
    /// <param name="k"><c>[..., key, head]</c>.</param>
    public static Tensor Later(Tensor q, Tensor k) =>
        zeros([q.size(-2), k.size(-2)], q.dtype, q.device).fill_(double.NegativeInfinity).triu(1);
}
