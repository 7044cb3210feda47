using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>How probable a causal model finds a text.</summary>
/// <param name="LogProbability">Of all scored tokens together; nats.</param>
/// <param name="TokenCount">Scored tokens.</param>
public sealed record LanguageScore(double LogProbability, long TokenCount)
{
    /// <summary>Exponential of the mean loss per token: among how many tokens the model wavers. NaN without tokens.</summary>
    public double Perplexity => Math.Exp(-LogProbability / TokenCount);

    /// <summary>Bits that the model needs per byte of the text: comparable between tokenizers.</summary>
    /// <param name="byteCount">UTF-8 bytes of the scored text.</param>
    public double BitsPerByte(long byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(byteCount);
        return -LogProbability / Math.Log(2) / byteCount;
    }

    /// <summary>The score of two texts together.</summary>
    public LanguageScore Add(LanguageScore other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(LogProbability + other.LogProbability, TokenCount + other.TokenCount);
    }
}

/// <summary>
/// Scores token sequences of any length. What exceeds the model's positions is scored in windows that overlap, so that each token
/// is scored once and, after the first window, with at least window minus stride tokens before it.
/// </summary>
public sealed class LanguageScorer
{
    // Logits of this many positions are in memory at a time; more would not be faster.
    private const int PositionsAtOnce = 128;

    private readonly Model model;
    private readonly int window, stride;

    /// <param name="model">A causal model with the head for the next token.</param>
    /// <param name="window">Tokens of a window; null means all positions of the model.</param>
    /// <param name="stride">New tokens per window: small is exact and slow, as large as the window is fast. Null means half a window.</param>
    /// <exception cref="PlinthException">The model does not predict the next token, or a size is impossible.</exception>
    public LanguageScorer(Model model, int? window = null, int? stride = null)
    {
        this.model = CausalModel.Check(model);
        var limit = model.Backbone.MaximumLength;
        this.window = window ?? limit;
        if (this.window < 2 || this.window > limit)
        {
            throw new PlinthException($"A scoring window of {this.window} tokens is impossible. Allowed: 2 to the model's {limit} positions.");
        }

        this.stride = stride ?? Math.Max(1, this.window / 2);
        if (this.stride < 1 || this.stride >= this.window)
        {
            throw new PlinthException($"A scoring stride of {this.stride} tokens is impossible. Allowed: 1 to {this.window - 1}, less than the window.");
        }
    }

    /// <summary>Scores a sequence.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="contextCount">Tokens at the start that are only read, at least 1: a begin token, or a prompt whose continuation is scored.</param>
    /// <param name="cancellation">Ends the work before the next window.</param>
    /// <exception cref="PlinthException">An id is not in the vocabulary.</exception>
    public LanguageScore Score(IReadOnlyList<int> ids, int contextCount = 1, CancellationToken cancellation = default)
    {
        CausalModel.CheckIds(ids, model.Config.VocabSize, "The text");
        ArgumentOutOfRangeException.ThrowIfLessThan(contextCount, 1);
        double total = 0;
        for (var next = contextCount; next < ids.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            // The first window is new all through; later ones bring a stride of new tokens behind known ones.
            var end = Math.Min(ids.Count, Math.Max(next == contextCount ? Math.Min(window, ids.Count) : 0, next + stride));
            var start = Math.Max(0, end - window);
            total += ScoreWindow([.. ids.Skip(start).Take(end - start).Select(id => (long)id)], next - start);
            next = end;
        }

        return new(total, Math.Max(0, ids.Count - contextCount));
    }

    private double ScoreWindow(long[] ids, int first)
    {
        using var pass = new EvaluationPass(model);
        var tokens = tensor(ids, device: model.Device);
        var hidden = model.Backbone.Run(new TextBatch { InputIds = tokens.unsqueeze(0) }).Hidden.squeeze(0); // [seq, hidden]
        double total = 0;
        for (var at = first; at < ids.Length; at += PositionsAtOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(PositionsAtOnce, ids.Length - at);
            var logits = CausalModel.Project(model, hidden.narrow(0, at - 1, count));              // [positions, vocab]
            var chosen = nn.functional.log_softmax(logits, -1).gather(1, tokens.narrow(0, at, count).unsqueeze(1));
            total += chosen.to(ScalarType.Float64).sum().ToDouble();
        }

        return total;
    }
}
