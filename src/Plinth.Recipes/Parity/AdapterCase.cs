using Plinth.Core;
using Plinth.Layers.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>A model with a LoRA beside it in <c>adapter/</c>: without it, with it, trained, and merged.</summary>
internal static class AdapterCase
{
    private const int TrainingSteps = 3;

    public static bool Is(ParityCase parity) => AdapterFiles.IsAdapter(Path.Combine(parity.Folder, "adapter"));

    public static void Compare(ParityCase parity, Model model)
    {
        var batch = ModelCase.Inputs(parity, model);
        var folder = Path.Combine(parity.Folder, "adapter");
        using var adapters = AdapterFiles.Load(folder, model);
        using (no_grad())
        {
            parity.Compare("base.logits", model.Logits(batch), ModelCase.Mask(batch));
            adapters.Activate();
            parity.Compare("logits", model.Logits(batch), ModelCase.Mask(batch));
            parity.Compare("loss", LossCase.Mean(model, batch));
        }

        Train(parity, model, adapters, batch);
        adapters.Deactivate();

        // Training has changed the adapter; the merged numbers are of the one in the files.
        using var merged = AdapterFiles.Load(folder, model);
        merged.Merge();
        using var noGrad = no_grad();
        parity.Compare("merged.logits", model.Logits(batch), ModelCase.Mask(batch));
        foreach (var (ours, parameter) in model.named_parameters())
        {
            var foreign = model.Keys.ToForeign(ours);
            if (parity.Find("merged." + foreign.Name) is not null)
            {
                parity.Compare("merged." + foreign.Name, foreign.Layout == Core.Checkpoints.WeightLayout.Transposed ? parameter.t() : parameter);
            }
        }
    }

    private static void Train(ParityCase parity, Model model, AdapterSet adapters, Batch batch)
    {
        if (parity.Find("train.loss.0") is null)
        {
            return;
        }

        var weights = new List<KeyValuePair<string, TorchSharp.Modules.Parameter>>();
        foreach (var (name, adapter) in adapters.Adapters)
        {
            var theirs = model.Keys.ToForeign(name + ".weight").Name[..^".weight".Length];
            weights.AddRange(adapter.Weights.Select(weight => KeyValuePair.Create(theirs + weight.Key, (TorchSharp.Modules.Parameter)weight.Value)));
        }

        foreach (var parameter in model.parameters())
        {
            parameter.requires_grad_(false);
        }

        // The settings stand in words in the case: AdamW, rate 0.01, epsilon 1e-6, no decay.
        using var steps = new ParityOptimizer(weights, learningRate: 0.01, weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-6);
        for (var step = 0; step < TrainingSteps; step++)
        {
            using var scope = NewDisposeScope();
            var loss = LossCase.MeanTensor(model, batch);
            parity.Compare($"train.loss.{step}", loss);
            loss.backward();
            foreach (var (name, parameter) in step == 0 ? weights : [])
            {
                parity.Compare("train.grad." + name, parameter.grad!);
            }

            steps.Step();
        }

        foreach (var (name, parameter) in weights)
        {
            parity.Compare("train.after." + name, parameter);
        }
    }
}
