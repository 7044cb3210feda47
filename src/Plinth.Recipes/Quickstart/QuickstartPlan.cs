namespace Plinth.Recipes.Quickstart;

/// <summary>Fine-tuning with some number of labels.</summary>
/// <param name="Labels">How many; null for all.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="BatchSize">Samples per step.</param>
/// <param name="Seeds">How often it is repeated with another choice of labels and another beginning.</param>
public sealed record LabelPlan(int? Labels, int Steps, int BatchSize, int Seeds)
{
    /// <summary>Heading of its column.</summary>
    public string Name => Labels is { } count ? count.ToString(System.Globalization.CultureInfo.InvariantCulture) : "all";
}

/// <summary>The sizes and lengths of a quickstart: chosen so that the plain one takes about five minutes on two cores, and the thorough one an hour to an hour and a half.</summary>
public sealed record QuickstartPlan
{
    /// <summary>Blocks of both models.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Width of both models.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Longest sequence of the encoder in pre-training, in tokens.</summary>
    public int EncoderLength { get; init; } = 64;

    /// <summary>Longest sequence of the decoder, in tokens.</summary>
    public int DecoderLength { get; init; } = 64;

    /// <summary>Longest sequence in fine-tuning, in tokens.</summary>
    public int TaskLength { get; init; } = 48;

    /// <summary>Vocabulary of the encoder's WordPiece.</summary>
    public int EncoderVocabulary { get; init; } = 4_096;

    /// <summary>Vocabulary of the decoder's byte-level BPE.</summary>
    public int DecoderVocabulary { get; init; } = 4_096;

    /// <summary>
    /// Share of tokens that the encoder has to predict. Twice BERT's 15 % teaches a small model in little time more than
    /// it costs (Wettig et al. 2022, arXiv:2202.08005).
    /// </summary>
    public double MaskingProbability { get; init; } = 0.3;

    /// <summary>Sequences per step of pre-training.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Pre-training steps of the encoder.</summary>
    public required int EncoderSteps { get; init; }

    /// <summary>Pre-training steps of the decoder.</summary>
    public required int DecoderSteps { get; init; }

    /// <summary>Peak learning rate of pre-training.</summary>
    public double PretrainingRate { get; init; } = 2e-3;

    /// <summary>Peak learning rate of fine-tuning all weights; the same for both beginnings.</summary>
    public double TuningRate { get; init; } = 2e-3;

    /// <summary>Peak learning rate of adapters.</summary>
    public double AdapterRate { get; init; } = 5e-3;

    /// <summary>Rank of the adapters.</summary>
    public int AdapterRank { get; init; } = 8;

    /// <summary>Most test samples of the classification tasks.</summary>
    public required int TestSamples { get; init; }

    /// <summary>Test pairs of retrieval: each query has so many candidates.</summary>
    public int RetrievalPairs { get; init; } = 2_000;

    /// <summary>Test samples of the description task.</summary>
    public int DescriptionSamples { get; init; } = 300;

    /// <summary>Numbers of labels.</summary>
    public required IReadOnlyList<LabelPlan> Labels { get; init; }

    /// <summary>When further seeds are no longer begun, counted from the start; the first seed of everything always runs.</summary>
    public TimeSpan SeedsUntil { get; init; } = TimeSpan.MaxValue;

    /// <summary>The plan of the options.</summary>
    public static QuickstartPlan For(QuickstartOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.IsThorough
            ? new()
            {
                LayerCount = 4,
                HiddenSize = 192,
                TaskLength = 64,
                EncoderVocabulary = 8_192,
                EncoderSteps = 3_000,
                DecoderSteps = 1_000,
                PretrainingRate = 1.5e-3,
                TuningRate = 1e-3,
                AdapterRate = 3e-3,
                TestSamples = 800,
                DescriptionSamples = 400,
                Labels = [new(50, 40, 16, 5), new(200, 60, 16, 5), new(1_000, 120, 24, 5), new(null, 240, 32, 3)],
            }
            : new()
            {
                LayerCount = 2,
                HiddenSize = 128,
                EncoderSteps = 800,
                DecoderSteps = 300,
                TestSamples = 400,
                DescriptionSamples = 200,
                Labels = [new(50, 30, 16, 3), new(200, 45, 16, 3), new(1_000, 50, 24, 3), new(null, 64, 32, 1)],
                SeedsUntil = TimeSpan.FromSeconds(280),
            };
    }
}
