using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Losses, gradient norms and weights over some optimizer steps.</summary>
internal static class TrainingCase
{
    private const string Prefix = "train_expected/";

    public static void Compare(ParityCase parity, Model model)
    {
        if (parity.Meta["training"] is not JsonObject settings || parity.Find(Prefix + "loss.0") is null)
        {
            return;
        }

        double Setting(string name) => ParityCase.Number(settings[name])
            ?? throw new CheckpointException($"{parity.Folder}: meta.json: training.{name} is missing.");
        var betas = settings["betas"]!.AsArray();
        var keys = model.Keys;
        var weights = model.named_parameters().Select(p => KeyValuePair.Create(keys.ToForeign(p.name).Name, p.parameter)).ToList();
        var (steps, batches) = ((int)Setting("steps"), (int)Setting("batches"));
        // A certificate holds the first gradients alone. They are taken in the model's own numbers; an optimizer would make them float32.
        var isTrained = steps > 1 || parity.Find(Prefix + "loss.final") is not null || parity.Names.Any(name => name.StartsWith(Prefix + "after.", StringComparison.Ordinal));
        using var optimizer = isTrained
            ? new ParityOptimizer(weights, Setting("lr"), Setting("weight_decay"), (double)betas[0]!, (double)betas[1]!, Setting("eps"))
            : null;

        // Dropout is off in the case, so the model stays in evaluation mode.
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var loss = LossCase.MeanTensor(model, ModelCase.Inputs(parity, model, $"{Prefix}batch{step % batches}."));
            parity.Compare($"{Prefix}loss.{step}", loss);
            loss.backward();
            CompareGradients(parity, weights, step);
            optimizer?.Step();
        }

        if (parity.Find(Prefix + "loss.final") is not null)
        {
            parity.Compare(Prefix + "loss.final", LossCase.Mean(model, ModelCase.Inputs(parity, model, $"{Prefix}batch0.")));
        }

        CompareWeights(parity, model, settings);
    }

    private static void CompareGradients(ParityCase parity, List<KeyValuePair<string, TorchSharp.Modules.Parameter>> weights, int step)
    {
        using var noGrad = no_grad();
        var total = 0.0;
        foreach (var (name, parameter) in weights)
        {
            var norm = parameter.grad is { } gradient ? gradient.to(ScalarType.Float64).norm().ToDouble() : 0;
            total += norm * norm;
            if (step == 0 && parity.Find($"{Prefix}grad_norm.{name}") is not null)
            {
                parity.Compare($"{Prefix}grad_norm.{name}", norm);
            }
        }

        parity.Compare($"{Prefix}grad_norm_total.{step}", Math.Sqrt(total));
    }

    private static void CompareWeights(ParityCase parity, Model model, JsonObject settings)
    {
        var sensitive = settings["after_sensitive"] as JsonObject ?? [];
        using var noGrad = no_grad();
        foreach (var (ours, parameter) in model.named_parameters())
        {
            var foreign = model.Keys.ToForeign(ours);
            var name = "after." + foreign.Name;
            if (parity.Find(Prefix + name) is not null && !sensitive.ContainsKey(name))
            {
                parity.Compare(Prefix + name, foreign.Layout == WeightLayout.Transposed && parameter.dim() == 2 ? parameter.t() : parameter);
            }
        }
    }
}
