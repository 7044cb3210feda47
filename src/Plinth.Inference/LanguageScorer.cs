using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>How probable a text is.</summary>
/// <param name="Nats">Negative log-probability of all judged tokens.</param>
/// <param name="TokenCount">Judged tokens.</param>
public sealed record TextLikelihood(double Nats, long TokenCount)
{
    /// <summary>Perplexity per token.</summary>
    public double Perplexity => Math.Exp(Nats / TokenCount);

    /// <summary>Bits per byte of text.</summary>
    /// <param name="bytes">UTF-8 bytes of the text behind the judged tokens.</param>
    public double BitsPerByte(long bytes) => Nats / Math.Log(2) / bytes;
}

/// <summary>Measures texts under a causal language model, long ones by a window that slides.</summary>
public sealed class LanguageScorer
{
    private readonly Model model;
    private readonly int window, stride;

    /// <param name="model">A causal language model.</param>
    /// <param name="window">Tokens seen at once; null for as many as the model has positions.</param>
    /// <param name="stride">Tokens judged per window; fewer give each token more context and cost more. Null is half a window.</param>
    /// <exception cref="RecipeException">Window or stride is impossible.</exception>
    public LanguageScorer(Model model, int? window = null, int? stride = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        this.window = window ?? model.Backbone.MaximumLength;
        this.stride = stride ?? Math.Max(1, this.window / 2);
        if (this.window < 2 || this.window > model.Backbone.MaximumLength || this.stride < 1 || this.stride >= this.window)
        {
            throw new RecipeException(
                $"A window of {this.window} tokens with a stride of {this.stride} is not possible: 2 to {model.Backbone.MaximumLength}, and a stride below the window.");
        }
    }

    /// <summary>Judges every token but the first, which nothing predicts.</summary>
    /// <param name="ids">At least two tokens.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="BadInputException">There are fewer than two tokens.</exception>
    public TextLikelihood Score(IReadOnlyList<int> ids, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count < 2)
        {
            throw new BadInputException("A text of fewer than two tokens cannot be judged.");
        }

        var (nats, judged) = (0.0, 1);
        for (var begin = 0; judged < ids.Count; begin += stride)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(begin + window, ids.Count);
            nats += Window([.. ids.Skip(begin).Take(end - begin).Select(id => (long)id)], judged - begin);
            judged = end;
        }

        return new(nats, ids.Count - 1);
    }

    // Tokens from that place on are judged, the ones before are context.
    private double Window(long[] ids, int from)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var input = tensor(ids, [1, ids.Length], device: model.parameters().First().device);
        var hidden = model.Backbone.Run(new TextBatch { InputIds = input }).Hidden.narrow(1, from - 1, ids.Length - from).squeeze(0);
        var logits = ((TokenHead)model.Head!).Project(hidden, model.Backbone).to(ScalarType.Float32);
        return nn.functional.cross_entropy(logits, input.narrow(1, from, ids.Length - from).squeeze(0), reduction: nn.Reduction.Sum).ToDouble();
    }
}
