using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Optimizers on fixed gradients, and learning rates by step.</summary>
internal static partial class NumericCase
{
    /// <summary>Options of each run, and the norm that its gradients are clipped to.</summary>
    public static readonly Dictionary<string, (OptimizerOptions Options, double? MaximumNorm)> Optimizers = new(StringComparer.Ordinal)
    {
        ["adamw"] = (new AdamWOptions { LearningRate = 0.01, WeightDecay = 0.1, Decay = DecayScope.All }, null),
        ["adamw_clip"] = (new AdamWOptions { LearningRate = 0.01, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-6, WeightDecay = 0.01, Decay = DecayScope.All }, 1),
        ["adam"] = (new AdamOptions { LearningRate = 0.01, WeightDecay = 0.1, Decay = DecayScope.All }, null),
        ["adam_amsgrad"] = (new AdamOptions { LearningRate = 0.01, KeepsLargestSquare = true }, null),
        ["sgd"] = (new StochasticGradientDescentOptions { LearningRate = 0.1 }, null),
        ["sgd_momentum"] = (new StochasticGradientDescentOptions { LearningRate = 0.1, Momentum = 0.9, WeightDecay = 0.01, Decay = DecayScope.All }, null),
        ["sgd_nesterov"] = (new StochasticGradientDescentOptions { LearningRate = 0.1, Momentum = 0.9, IsNesterov = true }, null),
        ["rmsprop"] = (new RootMeanSquareOptions { LearningRate = 0.01 }, null),
        ["adagrad"] = (new AdagradOptions { LearningRate = 0.1 }, null),
        ["adafactor"] = (new AdafactorOptions { RelativeStep = true }, null),
        ["adafactor_lr"] = (new AdafactorOptions { LearningRate = 0.01, ScalesByWeight = false, WeightDecay = 0.01, Decay = DecayScope.All, Beta1 = 0.9 }, null),
    };

    private static readonly Dictionary<string, ScheduleOptions> Schedules = new(StringComparer.Ordinal)
    {
        ["linear"] = new() { Kind = ScheduleKind.Linear, WarmupSteps = 7 },
        ["cosine"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7 },
        ["cosine_cycles1.5"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7, Cycles = 1.5 },
        ["cosine_restarts3"] = new() { Kind = ScheduleKind.CosineWithRestarts, WarmupSteps = 7, Cycles = 3 },
        ["polynomial2"] = new() { Kind = ScheduleKind.Polynomial, WarmupSteps = 7, Power = 2, MinimumRatio = PolynomialEnd / PeakRate },
        ["constant"] = new() { Kind = ScheduleKind.Constant },
        ["constant_warmup"] = new() { Kind = ScheduleKind.ConstantWithWarmup, WarmupSteps = 7 },
        ["inverse_sqrt"] = new() { Kind = ScheduleKind.InverseSquareRoot, WarmupSteps = 7 },
        ["cosine_min_lr0.1"] = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 7, MinimumRatio = 0.1 },
    };

    private const double PeakRate = 0.3;

    private const double PolynomialEnd = 1e-3;

    private static void CompareOptimizer(ParityCase parity, string name)
    {
        var (options, maximumNorm) = Optimizers[name];
        using var w = new TrainedWeight("w", new TorchSharp.Modules.Parameter(parity.Get("w0").clone()));
        using var b = new TrainedWeight("b", new TorchSharp.Modules.Parameter(parity.Get("b0").clone()));
        using var optimizer = options.Build([w, b]);
        List<Tensor> ws = [], bs = [], norms = [];
        for (var step = 0; step < parity.Get("grad_w").size(0); step++)
        {
            w.Parameter.grad = parity.Get("grad_w")[step].clone();
            b.Parameter.grad = parity.Get("grad_b")[step].clone();
            norms.Add(optimizer.ClipGradients(maximumNorm).Total);
            optimizer.Step(options.LearningRate);
            optimizer.ZeroGradients();
            ws.Add(w.Value.detach().clone());
            bs.Add(b.Value.detach().clone());
        }

        parity.Compare(name + ".w", stack(ws));
        parity.Compare(name + ".b", stack(bs));
        if (parity.Find(name + ".grad_norms") is not null)
        {
            parity.Compare(name + ".grad_norms", stack(norms));
        }
    }

    private static void CompareSchedule(ParityCase parity, string name)
    {
        const int totalSteps = 40;
        var schedule = new Schedule(Schedules[name], PeakRate, totalSteps);
        parity.Compare(name, tensor([.. Enumerable.Range(0, (int)parity.Get(name).numel()).Select(step => (float)schedule.Rate(step))]));
    }
}
