using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>How probable a language model finds the answer that a sample gives.</summary>
/// <param name="LogProbability">Logarithm of the probability of the whole answer, in nats.</param>
/// <param name="TokenCount">Tokens of the answer, the end token included.</param>
public sealed record AnswerLikelihood(double LogProbability, int TokenCount) : Answer;
