using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

/// <summary>Small models whose choices are clear: fresh weights are so small that every token looks alike.</summary>
internal static class InferenceModels
{
    public static readonly int[] LongPrompt = [5, 17, 3, 29, 8, 8, 41];
    public static readonly int[] ShortPrompt = [11, 2, 30];

    /// <summary>Ends what a test runs when the test run ends.</summary>
    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Model Causal(int maximumLength = 64, int vocabularySize = 50) => Sharpen(TinyModels.For(HeadKind.CausalLanguageModeling, vocabularySize, maximumLength: maximumLength));

    public static Model Sharpen(Model model)
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter) in model.named_parameters().Where(p => p.parameter.dim() == 2))
        {
            parameter.mul_(12);
        }

        model.eval();
        return model;
    }

    /// <summary>Greedy choice by reading everything anew for each token: slow, and without cache, batch or padding.</summary>
    public static int[] GreedyWithoutCache(Model model, IReadOnlyList<int> prompt, int count)
    {
        using var noGrad = no_grad();
        var ids = prompt.ToList();
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var logits = model.Logits(new TextBatch { InputIds = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0) });
            ids.Add((int)logits.select(1, ids.Count - 1).argmax(-1).ToInt64());
        }
        return [.. ids.Skip(prompt.Count)];
    }
}
