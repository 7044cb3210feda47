using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// ViT and the part of CLIP that sees, as PyTorch's programs compute them: the functions of torch, one after the other, all threads in each,
/// nothing packed. The weights are those of a model of ours.
/// </summary>
internal sealed class EagerVision
{
    private const string Stack = "backbone.stack.";
    private readonly Dictionary<string, Tensor> weights;
    private readonly int heads, layers;
    private readonly double epsilon;
    private readonly bool isClip;

    public EagerVision(Model model, int heads, int layers, double epsilon)
    {
        (this.heads, this.layers, this.epsilon) = (heads, layers, epsilon);
        weights = model.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter, StringComparer.Ordinal);
        isClip = weights.ContainsKey("head.norm.weight");
    }

    /// <summary>Vectors of length 1, <c>[batch, hidden]</c>, owned by the caller's dispose scope.</summary>
    /// <param name="pixels"><c>[batch, channel, height, width]</c>.</param>
    public Tensor Run(Tensor pixels)
    {
        var map = weights[Stack + "patches.weight"];
        long[] step = [map.size(2), map.size(3)];
        var patches = nn.functional.conv2d(pixels, map, weights.GetValueOrDefault(Stack + "patches.bias"), strides: step).flatten(2).transpose(1, 2);
        var token = weights[Stack + "classToken"].view(1, 1, -1).expand(pixels.size(0), -1, -1);
        var hidden = cat([token, patches], 1) + weights[Stack + "positions"].view(1, -1, map.size(0));                    // [batch, seq, hidden]
        hidden = isClip ? Norm(hidden, Stack + "embeddingNorm") : hidden;
        for (var layer = 0; layer < layers; layer++)
        {
            using var scope = NewDisposeScope();
            hidden = Layer(hidden, $"{Stack}blocks.layers.{layer}.").MoveToOuterDisposeScope();
        }

        var vectors = isClip ? Norm(hidden.select(1, 0), "head.norm") : Norm(hidden, Stack + "finalNorm").select(1, 0);
        return nn.functional.normalize(vectors, 2, -1);
    }

    private Tensor Layer(Tensor input, string name)
    {
        var normed = Norm(input, name + "attentionNorm");
        var mixed = nn.functional.scaled_dot_product_attention(Heads(normed, name + "attention.query"), Heads(normed, name + "attention.key"), Heads(normed, name + "attention.value"));
        var hidden = input + Map(mixed.transpose(1, 2).reshape(input.shape), name + "attention.output");
        var inner = Map(Norm(hidden, name + "feedForwardNorm"), name + "feedForward.up");
        inner = isClip ? inner * (inner * 1.702).sigmoid() : nn.functional.gelu(inner);
        return hidden + Map(inner, name + "feedForward.down");
    }

    private Tensor Heads(Tensor input, string name) => Map(input, name).view(input.size(0), input.size(1), heads, -1).transpose(1, 2);

    private Tensor Map(Tensor input, string name) => nn.functional.linear(input, weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Norm(Tensor input, string name) => nn.functional.layer_norm(input, [input.size(-1)], weights[name + ".weight"], weights[name + ".bias"], epsilon);
}
