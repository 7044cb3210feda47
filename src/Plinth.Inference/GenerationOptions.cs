using Plinth.Core;

namespace Plinth.Inference;

/// <summary>How tokens are chosen; names and meanings are those of the reference's generation_config.json.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to make after the prompt.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Fewest tokens before an end token may come.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Whether tokens are drawn by their probability; else the most probable is taken.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the logits; below 1 sharpens, above 1 flattens the distribution.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draws among the most probable tokens only; 0 among all.</summary>
    public int TopK { get; init; }

    /// <summary>Draws among the fewest tokens that reach this probability together (Holtzman et al. 2019, arXiv:1904.09751); 1 is all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Leaves out tokens below this share of the best one's probability (Nguyen et al. 2024, arXiv:2407.01082); 0 leaves out none.</summary>
    public double MinP { get; init; }

    /// <summary>Draws among tokens of typical surprise that reach this probability (Meister et al. 2022, arXiv:2202.00666); 1 is all.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Leaves out tokens below this probability (Hewitt et al. 2022, arXiv:2210.15191); 0 leaves out none.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>Like the former, lower where the model is unsure (the same paper); 0 leaves out none.</summary>
    public double EtaCutoff { get; init; }

    /// <summary>Makes tokens that occurred less probable (Keskar et al. 2019, arXiv:1909.05858); 1 changes nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No sequence of so many tokens occurs twice; 0 allows all.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>Token sequences that never occur.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWordsIds { get; init; } = [];

    /// <summary>Tokens that never occur.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Beams of a beam search; 1 searches none.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>Exponent of the length that beam scores are divided by; above 0 favours long answers.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Whether a beam search ends as soon as it has enough complete answers.</summary>
    public bool EarlyStopping { get; init; }

    /// <summary>Answers per prompt; with beams at most as many as beams.</summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>Ids that end a text; null takes the model's, empty never ends.</summary>
    public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>Where chance comes from.</summary>
    public int Seed { get; init; }

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 1, "max_new_tokens", MaxNewTokens, "at least 1");
        Require(MinNewTokens >= 0 && MinNewTokens <= MaxNewTokens, "min_new_tokens", MinNewTokens, "between 0 and max_new_tokens");
        Require(Temperature is > 0 and < 1e4, "temperature", Temperature, "above 0; for the most probable token turn do_sample off");
        Require(TopK >= 0, "top_k", TopK, "0 or more");
        Require(TopP is > 0 and <= 1, "top_p", TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, "min_p", MinP, "between 0 and 1");
        Require(TypicalP is > 0 and <= 1, "typical_p", TypicalP, "above 0 and at most 1");
        Require(EpsilonCutoff is >= 0 and < 1, "epsilon_cutoff", EpsilonCutoff, "0 or more and below 1");
        Require(EtaCutoff is >= 0 and < 1, "eta_cutoff", EtaCutoff, "0 or more and below 1");
        Require(RepetitionPenalty is > 0 and < 1e4, "repetition_penalty", RepetitionPenalty, "above 0");
        Require(NoRepeatNgramSize >= 0, "no_repeat_ngram_size", NoRepeatNgramSize, "0 or more");
        Require(NumBeams >= 1, "num_beams", NumBeams, "at least 1");
        Require(NumBeams == 1 || !DoSample, "num_beams", NumBeams, "1 when do_sample is on");
        Require(NumReturnSequences >= 1 && (DoSample || NumReturnSequences <= NumBeams), "num_return_sequences", NumReturnSequences,
            "at least 1, and without sampling at most num_beams");
        Require(BadWordsIds.All(word => word.Count > 0), "bad_words_ids", "[]", "lists of at least one token");
    }

    private static void Require(bool holds, string name, object value, string allowed)
    {
        if (!holds)
        {
            throw new RecipeException($"The generation option {name} = {value} must be {allowed}.");
        }
    }
}
