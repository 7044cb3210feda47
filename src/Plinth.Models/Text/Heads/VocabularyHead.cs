using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Form of next-token logits.</summary>
public sealed record VocabularyHeadOptions
{
    /// <summary>Width of the features.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Entries in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Whether the token table itself is the map; it then has no second owner here.</summary>
    public bool IsTied { get; init; } = true;

    /// <summary>Whether a vector is added to the logits.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether that vector is stored as a row, <c>[1, vocab]</c>, as BART and Marian do, and is not trained.</summary>
    public bool IsBiasFixedRow { get; init; }

    /// <summary>Factor on the features (T5 ties its table and divides by √hidden).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The bound c of logits l, which become c·tanh(l/c) (Gemma 2); null leaves them.</summary>
    public double? Cap { get; init; }
}

/// <summary>Next-token logits: by the token table itself when tied, else by a map of its own.</summary>
public sealed class VocabularyHead : TokenHead
{
    private readonly Projection? output;
    private readonly Parameter? bias;
    private readonly VocabularyHeadOptions options;

    /// <param name="options">Its form.</param>
    public VocabularyHead(VocabularyHeadOptions options)
        : base(nameof(VocabularyHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        output = options.IsTied ? null : new(options.HiddenSize, options.VocabularySize, options is { HasBias: true, IsBiasFixedRow: false });
        bias = options is { HasBias: true, IsBiasFixedRow: true } ? FixedRow(options.VocabularySize)
            : options is { HasBias: true, IsTied: true } ? FreshWeights.Zeros(options.VocabularySize)
            : null;
        RegisterComponents();
    }

    private static Parameter FixedRow(long size)
    {
        var row = FreshWeights.Zeros(1, size);
        row.requires_grad = false;
        return row;
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        var scaled = Math.Abs(options.Scale - 1) > 1e-12 ? vectors * options.Scale : vectors;
        var logits = output is null ? LinearMap.Apply(scaled, backbone.TokenEmbedding!) : output.forward(scaled);
        logits = bias is null ? logits : logits + bias.flatten();
        return options.Cap is { } cap ? (logits / cap).tanh() * cap : logits;
    }
}
