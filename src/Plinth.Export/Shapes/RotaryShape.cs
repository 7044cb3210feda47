namespace Plinth.Export.Shapes;

/// <summary>How a checkpoint's rotary positions (Su et al. 2021, arXiv:2104.09864) turn, with their stretching to longer texts.</summary>
internal sealed record RotaryShape
{
    public required double Base { get; init; }

    /// <summary>One of default, linear, llama3 and yarn.</summary>
    public required string Kind { get; init; }

    public double Factor { get; init; } = 1;

    public int OriginalPositionCount { get; init; }

    public double LowFrequencyFactor { get; init; } = 1;

    public double HighFrequencyFactor { get; init; } = 4;

    public double BetaFast { get; init; } = 32;

    public double BetaSlow { get; init; } = 1;

    /// <summary>Factor on cosine and sine.</summary>
    public double Magnitude { get; init; } = 1;

    /// <summary>Whether that factor is another than the paper's, which readers compute from <see cref="Factor"/>.</summary>
    public bool HasOwnMagnitude => Math.Abs(Magnitude - PaperMagnitude(Factor)) > 1e-6;

    /// <summary>Reads <c>rope_theta</c> and <c>rope_scaling</c>, or the newer <c>rope_parameters</c>.</summary>
    public static RotaryShape Read(ConfigReader config, int positionCount)
    {
        var scaling = config.Part("rope_parameters") ?? config.Part("rope_scaling");
        var theta = scaling?.Json["rope_theta"] is not null ? scaling.Number("rope_theta") : config.Number("rope_theta", 10_000);
        var kind = scaling is null ? "default" : scaling.Json["rope_type"] is null ? scaling.Text("type", "default") : scaling.Text("rope_type");
        var shape = new RotaryShape { Base = theta, Kind = kind };
        if (theta <= 0)
        {
            throw config.Wrong("rope_theta", $"is {theta} and must be positive");
        }

        switch (kind)
        {
            case "default":
                return shape;
            case "linear":
                return shape with { Factor = Positive(scaling!, "factor") };
            case "llama3":
                return shape with
                {
                    Factor = Positive(scaling!, "factor"),
                    LowFrequencyFactor = Positive(scaling!, "low_freq_factor"),
                    HighFrequencyFactor = Positive(scaling!, "high_freq_factor"),
                    OriginalPositionCount = scaling!.Size("original_max_position_embeddings"),
                };
            case "yarn":
                foreach (var field in (string[])["mscale", "mscale_all_dim", "truncate"])
                {
                    if (scaling!.Json[field] is not null)
                    {
                        throw scaling.Wrong(field, "is set, which cannot be exported");
                    }
                }

                var factor = Positive(scaling!, "factor");
                return shape with
                {
                    Factor = factor,
                    OriginalPositionCount = scaling!.Size("original_max_position_embeddings", positionCount),
                    BetaFast = scaling.Number("beta_fast", 32),
                    BetaSlow = scaling.Number("beta_slow", 1),
                    Magnitude = scaling.Number("attention_factor", PaperMagnitude(factor)),
                };
            default:
                throw scaling!.Wrong("rope_type", $"is '{kind}'; only default, linear, llama3 and yarn can be exported");
        }
    }

    /// <summary>Radians per position of each pair.</summary>
    /// <param name="size">Width that turns.</param>
    public float[] Frequencies(int size)
    {
        var plain = new float[size / 2];
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = 1f / MathF.Pow((float)Base, 2f * i / size);
        }

        return Kind switch
        {
            "linear" => [.. plain.Select(frequency => (float)(frequency / Factor))],
            "llama3" => [.. plain.Zip(Llama3Divisors(size), (frequency, divisor) => frequency / divisor)],
            "yarn" => Yarn(plain, size),
            _ => plain,
        };
    }

    /// <summary>What Llama 3.1 divides each pair's frequency by: 1 for fast pairs, the factor for slow ones, between them a blend.</summary>
    public float[] Llama3Divisors(int size)
    {
        var divisors = new float[size / 2];
        var lowWavelength = OriginalPositionCount / LowFrequencyFactor;
        var highWavelength = OriginalPositionCount / HighFrequencyFactor;
        for (var i = 0; i < divisors.Length; i++)
        {
            var wavelength = 2 * Math.PI * Math.Pow(Base, 2.0 * i / size);
            var blend = ((OriginalPositionCount / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
            divisors[i] = wavelength < highWavelength ? 1 : wavelength > lowWavelength ? (float)Factor : (float)(1 / (((1 - blend) / Factor) + blend));
        }

        return divisors;
    }

    // Peng et al. 2023 (arXiv:2309.00071): pairs that turn often keep their frequency, slow ones are stretched.
    private float[] Yarn(float[] plain, int size)
    {
        double PairOf(double turns) => size * Math.Log(OriginalPositionCount / (turns * 2 * Math.PI)) / (2 * Math.Log(Base));
        var low = Math.Max(Math.Floor(PairOf(BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(PairOf(BetaSlow)), size - 1);
        high = low == high ? high + 0.001 : high;
        return [.. plain.Select((frequency, i) =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return (float)((frequency / Factor * stretched) + (frequency * (1 - stretched)));
        })];
    }

    // √(1/t) = 0.1 ln(s) + 1.
    private static double PaperMagnitude(double factor) => factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1;

    private static double Positive(ConfigReader scaling, string field) =>
        scaling.Number(field) is > 0 and var value ? value : throw scaling.Wrong(field, "must be positive");
}
