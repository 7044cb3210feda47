namespace Plinth.Data.Text;

/// <summary>What happens to a text's vector after pooling.</summary>
public abstract record SentenceStep;

/// <summary>The vector gets unit length.</summary>
public sealed record NormalizeStep : SentenceStep;

/// <summary>The vector goes through a linear layer.</summary>
/// <param name="Folder">Where <c>linear.weight</c> and <c>linear.bias</c> are.</param>
/// <param name="InputSize">Components before.</param>
/// <param name="OutputSize">Components after.</param>
/// <param name="HasBias">Whether there is a bias.</param>
/// <param name="IsTanh">Whether the hyperbolic tangent follows; else nothing does.</param>
public sealed record DenseStep(string Folder, int InputSize, int OutputSize, bool HasBias, bool IsTanh) : SentenceStep;
