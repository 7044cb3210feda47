namespace Plinth.Objectives;

/// <summary>What an objective must know of a vocabulary without knowing its tokenizer.</summary>
/// <param name="VocabularySize">Number of ids.</param>
/// <param name="MaskId">Id that stands for a hidden token, or null when the vocabulary has none.</param>
/// <param name="SpecialIds">Control tokens: never hidden, never put in at random.</param>
public sealed record TokenRoles(int VocabularySize, int? MaskId, IReadOnlySet<int> SpecialIds);
