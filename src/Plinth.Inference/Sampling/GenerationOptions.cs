using Plinth.Core;
using Plinth.Inference.Constraints;

namespace Plinth.Inference.Sampling;

/// <summary>How tokens are chosen. Names, meanings and defaults are those of the reference's generation_config.json.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens that are added to a prompt.</summary>
    public int MaxNewTokens { get; init; } = 20;

    /// <summary>The end of a sequence is forbidden before this many new tokens; 0 allows it at once.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>The end of a sequence is forbidden before prompt and new tokens together are this many; 0 allows it at once.</summary>
    public int MinLength { get; init; }

    /// <summary>Whether tokens are drawn at random; if not, the most probable one is taken.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the logits before drawing: towards 0 only the best token, large values every token alike.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draw only from this many best tokens; 0 means from all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Draw only from the fewest tokens that together have this probability; 1 means from all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Draw only from tokens at least this fraction as probable as the best; null means from all.</summary>
    public double? MinP { get; init; }

    /// <summary>Draw only from the most typical tokens that together have this probability; 1 means from all.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Draw only from tokens of at least this probability; 0 means from all.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>As <see cref="EpsilonCutoff"/>, but lower where the distribution is flat; 0 means from all.</summary>
    public double EtaCutoff { get; init; }

    /// <summary>Makes tokens that are already there less likely (above 1) or more likely (below 1); 1 changes nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from the logit of a token for each time that it was generated; 0 changes nothing. The prompt does not count.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Taken from the logit of a token that was generated before, however often; 0 changes nothing. The prompt does not count.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>No piece of this many tokens may occur twice; 0 allows all.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>Token sequences that must not occur.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWordsIds { get; init; } = [];

    /// <summary>Tokens that must not occur.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>The token that must follow a prompt of one token, or null.</summary>
    public int? ForcedBosTokenId { get; init; }

    /// <summary>The token that the last place must hold when the length runs out, or null.</summary>
    public int? ForcedEosTokenId { get; init; }

    /// <summary>Makes the end ever more likely after a number of new tokens, or null.</summary>
    public ExponentialDecay? ExponentialDecayLengthPenalty { get; init; }

    /// <summary>Whether the chosen-from scores are made log-probabilities again after all changes.</summary>
    public bool RenormalizeLogits { get; init; }

    /// <summary>Hypotheses kept per prompt; 1 means no beam search.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>Exponent of the length that divides a beam's score: above 0 prefers long sequences, below 0 short ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When beam search stops.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Sequences given back per prompt.</summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>The same seed gives the same sequences; null draws a new one.</summary>
    public int? Seed { get; init; }

    /// <summary>Ids that end a sequence; null takes those of the model's config, an empty list means none.</summary>
    public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>Id that fills short prompts; null takes the config's. It is masked, so it changes no result.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Texts that end a sequence and are not part of it. Heeded where there is text, not by the token generator.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>A rule that each output keeps, such as a JSON schema; null leaves the model free. It has precedence over all that makes tokens less likely.</summary>
    public TokenConstraint? Constraint { get; init; }

    /// <summary>Refuses impossible values and ids that the vocabulary lacks.</summary>
    /// <param name="vocabularySize">Number of ids.</param>
    /// <exception cref="PlinthException">A value is impossible; the message names it.</exception>
    public void Validate(int vocabularySize)
    {
        Require(MaxNewTokens >= 1, nameof(MaxNewTokens), MaxNewTokens, "1 or more");
        Require(MinNewTokens >= 0 && MinNewTokens <= MaxNewTokens, nameof(MinNewTokens), MinNewTokens, $"0 to MaxNewTokens ({MaxNewTokens})");
        Require(MinLength >= 0, nameof(MinLength), MinLength, "0 or more");
        Require(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "above 0; for the most probable token set DoSample to false");
        Require(TopK >= 0, nameof(TopK), TopK, "0 (all) or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(MinP is null or (>= 0 and <= 1), nameof(MinP), MinP, "0 to 1");
        Require(TypicalP is > 0 and <= 1, nameof(TypicalP), TypicalP, "above 0 and at most 1");
        Require(EpsilonCutoff is >= 0 and < 1, nameof(EpsilonCutoff), EpsilonCutoff, "0 (off) or more, below 1");
        Require(EtaCutoff is >= 0 and < 1, nameof(EtaCutoff), EtaCutoff, "0 (off) or more, below 1");
        Require(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "above 0; 1 changes nothing");
        Require(double.IsFinite(FrequencyPenalty), nameof(FrequencyPenalty), FrequencyPenalty, "a finite number");
        Require(double.IsFinite(PresencePenalty), nameof(PresencePenalty), PresencePenalty, "a finite number");
        Require(NoRepeatNgramSize >= 0, nameof(NoRepeatNgramSize), NoRepeatNgramSize, "0 (off) or more");
        Require(double.IsFinite(LengthPenalty), nameof(LengthPenalty), LengthPenalty, "a finite number");
        Require(NumBeams >= 1, nameof(NumBeams), NumBeams, "1 or more");
        Require(NumReturnSequences >= 1, nameof(NumReturnSequences), NumReturnSequences, "1 or more");
        Require(NumBeams == 1 || NumReturnSequences <= NumBeams, nameof(NumReturnSequences), NumReturnSequences, $"at most NumBeams ({NumBeams})");
        Require(DoSample || NumBeams > 1 || NumReturnSequences == 1, nameof(NumReturnSequences), NumReturnSequences,
            "1 without DoSample or beams, for all sequences would be the same");
        Require(ExponentialDecayLengthPenalty is null or { Start: >= 0, Factor: > 0 }, nameof(ExponentialDecayLengthPenalty), ExponentialDecayLengthPenalty,
            "a start of 0 or more and a factor above 0");
        Require(BadWordsIds.All(word => word.Count > 0), nameof(BadWordsIds), "an empty sequence", "sequences of one id or more");
        Require(StopStrings.All(stop => stop.Length > 0), nameof(StopStrings), "an empty text", "texts of one character or more");
        if (Constraint is not null)
        {
            Require(NumBeams == 1, nameof(NumBeams), NumBeams, "1 under a constraint");
            Require(MinNewTokens == 0 && MinLength == 0, nameof(MinNewTokens), Math.Max(MinNewTokens, MinLength), "0 under a constraint, which alone says where the output ends (MinLength too)");
            Require(ForcedBosTokenId is null && ForcedEosTokenId is null, nameof(ForcedEosTokenId), ForcedEosTokenId ?? ForcedBosTokenId, "null under a constraint (ForcedBosTokenId too)");
        }

        IEnumerable<(string Name, int Id)> ids =
        [
            .. BadWordsIds.SelectMany(word => word).Select(id => (nameof(BadWordsIds), id)),
            .. SuppressTokens.Select(id => (nameof(SuppressTokens), id)),
            .. (EosTokenIds ?? []).Select(id => (nameof(EosTokenIds), id)),
            (nameof(ForcedBosTokenId), ForcedBosTokenId ?? 0),
            (nameof(ForcedEosTokenId), ForcedEosTokenId ?? 0),
            (nameof(PadTokenId), PadTokenId ?? 0),
        ];
        foreach (var (name, id) in ids)
        {
            Require(id >= 0 && id < vocabularySize, name, id, $"ids from 0 to {vocabularySize - 1}");
        }
    }

    private static void Require(bool isTrue, string name, object? found, string allowed)
    {
        if (!isTrue)
        {
            throw new PlinthException(FormattableString.Invariant($"The generation option {name} is {found}. Allowed: {allowed}."));
        }
    }
}

/// <summary>A growing reward for the end of a sequence.</summary>
/// <param name="Start">New tokens before it begins.</param>
/// <param name="Factor">Growth per token; above 1 hastens the end.</param>
public sealed record ExponentialDecay(int Start, double Factor);
