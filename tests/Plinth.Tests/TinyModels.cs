using Plinth.Core;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Gpt2;
using Plinth.Models.Text.T5;
using Plinth.Models.Vision.Vit;
using Plinth.Models.Vision.Yolos;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests;

/// <summary>Models that train in a second, without dropout, with the same weights each time.</summary>
internal static class TinyModels
{
    public static Model For(HeadKind head, int vocabularySize, IReadOnlyList<string>? labels = null, int maximumLength = 64)
    {
        ModelFamily family = head switch { HeadKind.CausalLanguageModeling => new Gpt2Family(), HeadKind.SequenceToSequence => new T5Family(), HeadKind.ImageClassification => new VitFamily(), HeadKind.ObjectDetection => new YolosFamily(), _ => new BertFamily() };
        random.manual_seed(7);
        var config = family.Shape(new(2, 32, 2, vocabularySize, maximumLength) { Image = new(16, 8) });
        config = head == HeadKind.SequenceToSequence ? config with { DecoderStartTokenId = config.PadTokenId } : config;
        config = config is YolosConfig yolos ? yolos with { NumDetectionTokens = 5 } : config;
        return new(family, labels is null ? config : config.WithLabels(labels), head);
    }

    /// <summary>Trains on one prepared batch with plain AdamW; returns the loss per target before each step, all terms together.</summary>
    public static List<double> Fit(Objective objective, Batch prepared, int steps, double rate = 3e-3)
    {
        var counts = objective.CountTargets(prepared);
        var optimizer = optim.AdamW(objective.parameters().Where(p => p.requires_grad).ToArray(), rate);
        List<double> losses = [];
        objective.train();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = objective.Compute(prepared).Select((term, i) => term.Sum * term.Weight / Math.Max(1, counts[i])).Aggregate((a, b) => a + b);
            losses.Add(loss.ToDouble());
            objective.Backward(loss);
            optimizer.step();
            objective.Stepped(step + 1, steps);
        }

        return losses;
    }
}
