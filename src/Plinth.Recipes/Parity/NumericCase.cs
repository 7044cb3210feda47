using System.Runtime.CompilerServices;
using Plinth.Core;
using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

// The tests walk through the tables of the numeric sets entry by entry.
[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Recipes.Parity;

/// <summary>Numeric sets without a model: functions of tensors and their derivatives.</summary>
internal static partial class NumericCase
{
    /// <summary>The sets by the name of their case. Made when asked for: the tables stand in other files, whose order of initialisation is not defined.</summary>
    public static IReadOnlyDictionary<string, NumericSet> Sets => new Dictionary<string, NumericSet>(StringComparer.Ordinal)
    {
        ["num-activations"] = new("activation", Activations.Names, name => name == "x" || name.StartsWith("grad.", StringComparison.Ordinal) ? null : name, CompareActivation),
        ["num-losses"] = new("loss", Losses.Keys, NumericSet.Ending(".loss"), CompareLoss),
        ["num-optimizers"] = new("optimizer run", Optimizers.Keys, NumericSet.Ending(".w"), CompareOptimizer),
        ["num-lr-schedules"] = new("schedule", Schedules.Keys, NumericSet.AllBut(), CompareSchedule),
        ["num-logits-processors"] = new("logits processor", Processors.Keys, NumericSet.AllBut("input_ids", "scores"), CompareProcessor),
        ["num-image-processing"] = new("picture", ImageEntries, NumericSet.AllBut(ImageInputs), CompareImage),
    };

    /// <summary>Whether a case is a numeric set.</summary>
    public static bool Is(ParityCase parity) => KindOf(parity).StartsWith("num-", StringComparison.Ordinal);

    public static void Compare(ParityCase parity)
    {
        var kind = KindOf(parity);
        if (!Sets.TryGetValue(kind, out var set))
        {
            throw new CheckpointException($"The numeric set '{kind}' is not supported. Known: {string.Join(", ", Sets.Keys)}.");
        }

        foreach (var entry in set.EntriesOf(parity))
        {
            if (!set.Known.Contains(entry))
            {
                throw new CheckpointException($"{parity.Folder}: the {set.Entry} '{entry}' is not supported. Known: {string.Join(", ", set.Known)}.");
            }

            using var scope = NewDisposeScope();
            set.Compare(parity, entry);
        }
    }

    private static string KindOf(ParityCase parity) => (string?)parity.Meta["case"] ?? parity.Name;

    private static void CompareActivation(ParityCase parity, string name)
    {
        var x = parity.Get("x").clone().requires_grad_();
        var y = Activations.Named(name).Function(x);
        parity.Compare(name, y);
        if (parity.Find("grad." + name) is not null)
        {
            parity.Compare("grad." + name, autograd.grad([y.sum()], [x])[0]);
        }
    }
}
