namespace Plinth.Core;

/// <summary>One raw item, before a processor makes tensors of it, with whatever label its task uses.</summary>
public abstract record Sample
{
    /// <summary>Number of the class.</summary>
    public int? Label { get; init; }

    /// <summary>Numbers of all classes that apply, for multi-label tasks.</summary>
    public IReadOnlyList<int>? LabelSet { get; init; }

    /// <summary>The value to predict, for regression.</summary>
    public double? Value { get; init; }
}

/// <summary>A text, or a pair of texts.</summary>
/// <param name="Text">The text, or the first of a pair.</param>
/// <param name="Pair">The second text, or null.</param>
public sealed record TextSample(string Text, string? Pair = null) : Sample
{
    /// <summary>The text split into words, for tagging; then <see cref="Text"/> is their join with single spaces.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>One class per word.</summary>
    public IReadOnlyList<int>? Tags { get; init; }

    /// <summary>Texts to choose between, for multiple choice; <see cref="Sample.Label"/> is the right one.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Acceptable answers with their place in the context, for question answering; empty when there is none.</summary>
    public IReadOnlyList<TextSpan>? Spans { get; init; }

    /// <summary>The whole sequence as tokens, where a template has made it; then <see cref="Text"/> is only for people.</summary>
    public PreparedTokens? Prepared { get; init; }
}

/// <summary>A sequence of tokens, some of which are to be learnt.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="IsTarget">Whether each token is learnt; the first never is, for nothing stands before it.</param>
public sealed record PreparedTokens(IReadOnlyList<int> Ids, IReadOnlyList<bool> IsTarget);

/// <summary>A piece of a text.</summary>
/// <param name="Start">First UTF-16 code unit.</param>
/// <param name="Text">The piece itself.</param>
public sealed record TextSpan(int Start, string Text);
