using Plinth.Core;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Numeric sets without a model: functions of tensors and their derivatives.</summary>
internal static partial class NumericCase
{
    private static readonly Dictionary<string, Action<ParityCase>> Known = new(StringComparer.Ordinal)
    {
        ["num-activations"] = Activations,
        ["num-losses"] = Losses,
        ["num-optimizers"] = Optimizers,
        ["num-lr-schedules"] = Schedules,
        ["num-logits-processors"] = LogitsProcessors,
    };

    /// <summary>Whether a case is a numeric set.</summary>
    public static bool Is(ParityCase parity) => KindOf(parity).StartsWith("num-", StringComparison.Ordinal);

    public static void Compare(ParityCase parity)
    {
        var kind = KindOf(parity);
        if (!Known.TryGetValue(kind, out var compare))
        {
            throw new CheckpointException($"The numeric set '{kind}' is not supported. Known: {string.Join(", ", Known.Keys)}.");
        }

        compare(parity);
    }

    private static string KindOf(ParityCase parity) => (string?)parity.Meta["case"] ?? parity.Name;

    private static void Activations(ParityCase parity)
    {
        foreach (var name in parity.Names.Where(name => name != "x" && !name.StartsWith("grad.", StringComparison.Ordinal)).ToList())
        {
            using var scope = NewDisposeScope();
            var x = parity.Get("x").clone().requires_grad_();
            var y = Plinth.Layers.FeedForward.Activations.Named(name)(x);
            parity.Compare(name, y);
            if (parity.Find("grad." + name) is not null)
            {
                parity.Compare("grad." + name, autograd.grad([y.sum()], [x])[0]);
            }
        }
    }
}
