using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Makes tokens that occurred less probable (Keskar et al. 2019, arXiv:1909.05858).</summary>
/// <param name="penalty">Above 1 avoids, below 1 favours repetition.</param>
public sealed class RepetitionPenalty(double penalty) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        var result = scores.clone();
        for (var row = 0; row < tokens.Count; row++)
        {
            using var scope = NewDisposeScope();
            var seen = Index([.. tokens[row].Distinct()], scores);
            var old = scores[row].index_select(0, seen);
            result[row].index_copy_(0, seen, where(old < 0, old * penalty, old / penalty));
        }

        return result;
    }
}

/// <summary>Lets no sequence of a length occur twice (Paulus et al. 2017, arXiv:1705.04304).</summary>
/// <param name="size">The length.</param>
public sealed class NoRepeatedNgrams(int size) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        var result = scores.clone();
        for (var row = 0; row < tokens.Count; row++)
        {
            if (Banned(tokens[row]) is { Count: > 0 } banned)
            {
                using var scope = NewDisposeScope();
                result[row].index_fill_(0, Index(banned, scores), Impossible);
            }
        }

        return result;
    }

    private List<int> Banned(IReadOnlyList<int> text)
    {
        List<int> banned = [];
        var prefix = size - 1;
        for (var start = 0; start + prefix < text.Count; start++)
        {
            var isSame = true;
            for (var i = 0; i < prefix && isSame; i++)
            {
                isSame = text[start + i] == text[text.Count - prefix + i];
            }

            if (isSame)
            {
                banned.Add(text[start + prefix]);
            }
        }

        return banned;
    }
}

/// <summary>Lets given token sequences never occur.</summary>
/// <param name="sequences">The sequences; of each the last token is forbidden after the others.</param>
public sealed class ForbiddenSequences(IReadOnlyList<IReadOnlyList<int>> sequences) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        var result = scores.clone();
        for (var row = 0; row < tokens.Count; row++)
        {
            int[] banned = [.. sequences.Where(sequence => EndsWith(tokens[row], sequence)).Select(sequence => sequence[^1])];
            if (banned.Length > 0)
            {
                using var scope = NewDisposeScope();
                result[row].index_fill_(0, Index(banned, scores), Impossible);
            }
        }

        return result;
    }

    private static bool EndsWith(IReadOnlyList<int> text, IReadOnlyList<int> sequence)
    {
        var prefix = sequence.Count - 1;
        return prefix <= text.Count && Enumerable.Range(0, prefix).All(i => text[text.Count - prefix + i] == sequence[i]);
    }
}

/// <summary>Lets no end token come before a length.</summary>
/// <param name="length">Tokens, the prompt included.</param>
/// <param name="endIds">The end tokens.</param>
public sealed class MinimumLength(int length, IReadOnlyList<int> endIds) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        return tokens[0].Count < length ? scores.index_fill(-1, Index(endIds, scores), Impossible) : scores;
    }
}

/// <summary>Lets given tokens never occur.</summary>
/// <param name="ids">The tokens.</param>
public sealed class SuppressedTokens(IReadOnlyList<int> ids) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return scores.index_fill(-1, Index(ids, scores), Impossible);
    }
}

/// <summary>Makes one token certain when the text has a length: the first token after an empty beginning, or the last one allowed.</summary>
/// <param name="id">The token.</param>
/// <param name="length">Tokens so far.</param>
public sealed class ForcedToken(int id, int length) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        return tokens[0].Count == length ? full_like(scores, Impossible).index_fill_(-1, Index([id], scores), 0) : scores;
    }
}

/// <summary>Makes the end more and more probable after a length.</summary>
/// <param name="start">Length from which on, the prompt included.</param>
/// <param name="factor">Growth per token, above 1.</param>
/// <param name="endIds">The end tokens.</param>
public sealed class ExponentialLengthDecay(int start, double factor, IReadOnlyList<int> endIds) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(scores);
        var beyond = tokens[0].Count - start;
        if (beyond <= 0)
        {
            return scores;
        }

        var ends = Index(endIds, scores);
        var old = scores.index_select(-1, ends);
        return scores.clone().index_copy_(-1, ends, old + (old.abs() * (Math.Pow(factor, beyond) - 1)));
    }
}
