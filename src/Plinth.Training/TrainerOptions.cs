using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>How one run trains.</summary>
public sealed record TrainerOptions
{
    private static readonly JsonSerializerOptions json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Optimizer steps of the whole run.</summary>
    public required long Steps { get; init; }

    /// <summary>Batches per step; their targets count as if they were one batch. More need time, not memory.</summary>
    public int AccumulationCount { get; init; } = 1;

    /// <summary>How weights follow their gradients, with the highest learning rate.</summary>
    public OptimizerOptions Optimizer { get; init; } = new AdamWOptions();

    /// <summary>How the learning rate changes over the run.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Length that all gradients together are cut to; null leaves them. Small values slow learning, large ones let a bad batch through.</summary>
    public double? MaximumGradientNorm { get; init; } = 1;

    /// <summary>Factor on the learning rate from each layer to the one below it (0 to 1); 1 lets all learn alike, small values leave lower layers nearly as they are.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Factors on the learning rates of single weights, above 0, by their names in the objective; the others have 1. What decays apart from the gradient decays as strongly as without.</summary>
    public IReadOnlyDictionary<string, double> RateFactors { get; init; } = new Dictionary<string, double>();

    /// <summary>Steps after which the next lower layer learns too, the head alone at first (Howard and Ruder 2018, arXiv:1801.06146); null lets all learn from the start.</summary>
    public long? UnfreezeEvery { get; init; }

    /// <summary>How much of a running mean of the weights is kept per step (0 to 1); evaluations and the end of the run use the mean. Null keeps none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>In which numbers the model computes.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where all randomness of the run comes from.</summary>
    public long Seed { get; init; }

    /// <summary>Steps between two reports.</summary>
    public long ReportEvery { get; init; } = 10;

    /// <summary>Steps between two evaluations; null evaluates at the end only.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Steps between two snapshots; null makes them at the end and when interrupted only.</summary>
    public long? SnapshotEvery { get; init; }

    /// <summary>Whether the best evaluation is handed to the <see cref="IBestKeeper"/>.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>Short name of the run, for titles.</summary>
    public string Name { get; init; } = "run";

    /// <summary>What observers call samples where people count these, for example <c>images</c>; null where they count tokens.</summary>
    public string? SampleName { get; init; }

    /// <summary>By what observers are told how well the machine is used; null where it is not known. It changes no number of the run.</summary>
    public ComputeCost? Cost { get; init; }

    /// <summary>Where tensors are computed: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Checks the values.</summary>
    /// <exception cref="RecipeException">A value is impossible.</exception>
    public void Validate()
    {
        OptionRules.Require(Steps > 0, "steps", Steps, "1 or more");
        OptionRules.Require(AccumulationCount > 0, "accumulation_count", AccumulationCount, "1 or more");
        OptionRules.Require(Steps <= long.MaxValue / AccumulationCount, "steps", Steps, "a number whose batches can be counted");
        OptionRules.Require(MaximumGradientNorm is null or > 0, "maximum_gradient_norm", MaximumGradientNorm, "above 0, or empty to leave gradients as they are");
        OptionRules.Require(LayerDecay is > 0 and <= 1, "layer_decay", LayerDecay, "above 0 and at most 1");
        OptionRules.Require(RateFactors.Values.All(factor => factor is > 0 and < double.PositiveInfinity), "rate_factors", string.Join(", ", RateFactors.Values.Distinct()), "above 0");
        OptionRules.Require(UnfreezeEvery is null or > 0, "unfreeze_every", UnfreezeEvery, "1 or more, or empty to let all learn from the start");
        OptionRules.Require(AverageDecay is null or (>= 0 and < 1), "average_decay", AverageDecay, "at least 0 and below 1, or empty for no mean");
        OptionRules.Require(Enum.IsDefined(Precision), "precision", Precision, "one of " + string.Join(", ", Enum.GetNames<Precision>()));
        OptionRules.Require(ReportEvery > 0, "report_every", ReportEvery, "1 or more");
        OptionRules.Require(EvaluateEvery is null or > 0, "evaluate_every", EvaluateEvery, "1 or more, or empty for the end only");
        OptionRules.Require(SnapshotEvery is null or > 0, "snapshot_every", SnapshotEvery, "1 or more, or empty for the end only");
        Optimizer.Validate();
        Schedule.Validate();
    }

    /// <summary>The options that decide the numbers of a run, by recipe name; a snapshot continues only under the same ones.</summary>
    internal SortedDictionary<string, string> Fingerprint()
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["optimizer.type"] = Optimizer.GetType().Name,
        };
        Add(result, "", JsonSerializer.SerializeToNode(new { Steps, AccumulationCount, MaximumGradientNorm, Precision = Precision.ToString(), Seed }, json));
        // Older snapshots do not name what is off.
        AddUnless(LayerDecay == 1, "layer_decay", LayerDecay);
        // Which weight has which follows from the model; that they differ from another run's shows in their set.
        AddUnless(RateFactors.Count == 0, "rate_factors", RateFactors.Values.Distinct().Order());
        AddUnless(UnfreezeEvery is null, "unfreeze_every", UnfreezeEvery);
        AddUnless(AverageDecay is null, "average_decay", AverageDecay);
        Add(result, "optimizer.", JsonSerializer.SerializeToNode(Optimizer, Optimizer.GetType(), json));
        Add(result, "schedule.", JsonSerializer.SerializeToNode(Schedule, json));
        return result;

        void AddUnless<T>(bool isOff, string name, T value)
        {
            if (!isOff)
            {
                result.Add(name, JsonSerializer.Serialize(value, json));
            }
        }
    }

    /// <summary>The device that is named.</summary>
    /// <exception cref="RecipeException">There is no such device here.</exception>
    internal Device FindDevice()
    {
        try
        {
            var found = device(Device);
            OptionRules.Require(found.type != TorchSharp.DeviceType.CUDA || (cuda.is_available() && found.index < cuda.device_count()), "device", Device, "cpu, because no such device can be used here (plinth doctor says why)");
            return found;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new RecipeException($"The training option 'device' is '{Device}' and must be cpu, cuda or cuda with a number.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new RecipeException($"The training option 'device' is '{Device}', which cannot be used here: {error.Message.Split('\n')[0].Replace(" Trace from LoadNativeBackend:", "", StringComparison.Ordinal).TrimEnd('.', ' ')}. 'plinth doctor' says which devices can be; cpu always can.", error);
        }
    }

    private static void Add(SortedDictionary<string, string> result, string prefix, JsonNode? node)
    {
        foreach (var (name, value) in node!.AsObject())
        {
            result.Add(prefix + name, value?.ToJsonString() ?? "null");
        }
    }
}
