using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>Makes one vector of the vectors of a text's tokens. The definitions are those of sentence-transformers.</summary>
public sealed class SentencePooler : IDisposable
{
    private readonly SentenceModules modules;
    private readonly List<(DenseStep Step, Tensor Weight, Tensor? Bias)> layers = [];

    /// <param name="modules">What is to be done.</param>
    /// <param name="hiddenSize">Components of a token's vector.</param>
    /// <exception cref="CheckpointException">The weights of a linear layer are missing or do not fit.</exception>
    public SentencePooler(SentenceModules modules, int hiddenSize)
    {
        ArgumentNullException.ThrowIfNull(modules);
        this.modules = modules;
        Size = hiddenSize * modules.Pooling.Count;
        try
        {
            foreach (var dense in modules.Steps.OfType<DenseStep>())
            {
                Load(dense);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Components of a text's vector.</summary>
    public int Size { get; private set; }

    /// <summary>Makes the vectors of a batch.</summary>
    /// <param name="hidden">Vectors of the tokens; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="mask">1 for tokens that count and 0 for others, at least one in each row; null when all count; <c>[batch, seq]</c>.</param>
    /// <returns>Float32 <c>[batch, size]</c>.</returns>
    public Tensor Pool(Tensor hidden, Tensor? mask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        var vectors = hidden.to(ScalarType.Float32);
        var weights = (mask ?? ones(hidden.size(0), hidden.size(1), device: hidden.device)).to(ScalarType.Float32).unsqueeze(-1);   // [batch, seq, 1]
        var pooled = modules.Pooling.Count == 1
            ? Pooled(modules.Pooling[0], vectors, weights)
            : cat([.. modules.Pooling.Order().Select(mode => Pooled(mode, vectors, weights))], -1);
        var next = 0;
        foreach (var step in modules.Steps)
        {
            pooled = step is DenseStep ? Through(layers[next++], pooled) : nn.functional.normalize(pooled, 2, -1);
        }

        return pooled;                                                                                                           // [batch, size]
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (_, weight, bias) in layers)
        {
            weight.Dispose();
            bias?.Dispose();
        }

        layers.Clear();
    }

    private static Tensor Pooled(Pooling mode, Tensor vectors, Tensor weights) => mode switch
    {
        Pooling.First => vectors.select(1, 0),
        Pooling.Max => vectors.masked_fill(weights.eq(0), -1e9f).amax([1L]),
        Pooling.MeanSqrtLength => Sum(vectors, weights) / weights.sum(1).sqrt().clamp_min(1e-9),
        Pooling.WeightedMean => Mean(vectors, weights * arange(1, vectors.size(1) + 1, ScalarType.Float32, vectors.device).view(1, -1, 1)),
        Pooling.Last => vectors.gather(1, Last(weights).view(-1, 1, 1).expand(vectors.size(0), 1, vectors.size(2))).squeeze(1),
        _ => Mean(vectors, weights),
    };

    private static Tensor Mean(Tensor vectors, Tensor weights) => Sum(vectors, weights) / weights.sum(1).clamp_min(1e-9);

    // What does not count is left out rather than multiplied by 0, which would spread infinities.
    private static Tensor Sum(Tensor vectors, Tensor weights) => (vectors.masked_fill(weights.eq(0), 0) * weights).sum(1);

    private static Tensor Last(Tensor weights) =>
        (weights.squeeze(-1).ne(0).to(ScalarType.Int64) * arange(weights.size(1), ScalarType.Int64, weights.device)).argmax(1);

    private static Tensor Through((DenseStep Step, Tensor Weight, Tensor? Bias) layer, Tensor vectors)
    {
        var moved = nn.functional.linear(vectors, layer.Weight.to(vectors.device), layer.Bias?.to(vectors.device));
        return layer.Step.IsTanh ? moved.tanh() : moved;
    }

    private void Load(DenseStep dense)
    {
        if (dense.InputSize != Size)
        {
            throw new CheckpointException($"{dense.Folder}: in_features is {dense.InputSize}, and what comes before gives {Size} components.");
        }

        using var files = WeightFiles.Open(dense.Folder);
        var weight = Read(files, "linear.weight", dense.OutputSize, dense.InputSize);
        layers.Add((dense, weight, null));
        if (dense.HasBias)
        {
            layers[^1] = (dense, weight, Read(files, "linear.bias", dense.OutputSize));
        }

        Size = dense.OutputSize;
    }

    private static Tensor Read(IWeightSource files, string name, params long[] shape)
    {
        if (!files.Entries.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(shape))
        {
            throw new CheckpointException($"{files.Location}: there is no '{name}' of shape [{string.Join(", ", shape)}].");
        }

        using var scope = NewDisposeScope();
        return files.Read(name).to(ScalarType.Float32).DetachFromDisposeScope();
    }
}
