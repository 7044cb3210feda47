using System.Collections.Concurrent;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Models.Inspection;
using Plinth.Training;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Watching;

/// <summary>By what a run is told how well it uses the machine.</summary>
internal static class MachineUse
{
    private static readonly TimeSpan time = TimeSpan.FromMilliseconds(60);
    private static readonly ConcurrentDictionary<(string Device, Precision Precision), double> peaks = new();

    /// <summary>
    /// Operations of an element (6 for each weight: 2 forth and 4 back; and attention to the whole sequence, or to half of it where that is all it sees), and
    /// what this machine does of them, which is measured once per process. Null where elements do not all pass all weights, as with hidden patches, experts
    /// and encoders with decoders; where only some weights are trained; and where the device does not work.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="sizes">Its sizes.</param>
    /// <param name="length">Positions of a sequence; 1 where they vary, which leaves attention out.</param>
    /// <param name="training">In which numbers it computes, and where.</param>
    public static ComputeCost? Of(Model model, ModelInspection sizes, int length, TrainingRecipe training)
    {
        if (model.Family.Modality != Modality.Text || model.HeadKind == HeadKind.SequenceToSequence || sizes.HasExperts || model.parameters().Any(parameter => !parameter.requires_grad))
        {
            return null;
        }

        // Tables are looked up; one of tokens is also the head's where it is tied. A head for hidden tokens computes those alone.
        var head = model.HeadKind == HeadKind.CausalLanguageModeling ? (long)model.Config.VocabSize * model.Backbone.HiddenSize : 0;
        var used = sizes.ParameterCount - sizes.Parts[ModelPart.Embeddings] - sizes.Parts[ModelPart.Head] + head;
        var attention = 12.0 * sizes.AttentionElements * length * (model.Family.IsCausal ? 0.5 : 1);
        return Peak(training) is { } peak ? new((6.0 * used) + attention, peak) : null;
    }

    private static double? Peak(TrainingRecipe training)
    {
        var key = (training.Device, training.Precision);
        if (peaks.TryGetValue(key, out var known))
        {
            return known;
        }

        try
        {
            return DeviceProbe.Multiply(device(training.Device), training.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32, time) is { } measured
                ? peaks.GetOrAdd(key, measured * 1e9) : null;
        }
        catch (Exception error) when (error is PlinthException or ArgumentException or FormatException or InvalidOperationException)
        {
            // The trainer says what is wrong with the device.
            return null;
        }
    }
}
