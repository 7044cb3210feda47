using System.Globalization;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Models.Inspection;

namespace Plinth.Recipes;

/// <summary>
/// Whether a run on the processor fits the memory, asked before its first step: a system that runs out of memory ends the process without a word.
/// The estimate leaves out what the library itself takes and the logits, so a run that is refused would surely not have fitted.
/// </summary>
internal static partial class MemoryBudget
{
    // Hidden patches and short texts are never computed, so that much less than all elements of a batch may be.
    private const int LeastShare = 4;

    // What estimates count for the optimizer: AdamW's moments in float32.
    private const int CountedBytes = 8;

    /// <summary>Refuses a run that cannot fit, and warns of one that may not.</summary>
    /// <param name="needs">What is to fit.</param>
    /// <param name="training">In which numbers it computes, and where; what is computed elsewhere is not looked at.</param>
    /// <param name="logger">Where the warning goes, or null.</param>
    /// <param name="free">Bytes that are free; null asks the system.</param>
    /// <exception cref="RecipeException">It cannot fit.</exception>
    public static void Check(MemoryNeeds needs, TrainingRecipe training, ILogger? logger, long? free = null)
    {
        if (training.Device != "cpu")
        {
            return;
        }

        var estimate = MemoryEstimate.All(needs.Model).Single(row => string.Equals(row.Type, training.Precision.ToString(), StringComparison.OrdinalIgnoreCase));
        var available = free + needs.OwnedBytes ?? SystemFacts.AvailableMemory(needs.OwnedBytes);
        var saved = needs.Held.Sum(matrix => (matrix.InputSize * matrix.OutputSize * (estimate.Weights / needs.Model.ParameterCount)) - matrix.Bytes);
        var trained = estimate.Training!.Value - estimate.Weights + (needs.Model.ParameterCount * (TrainingPlan.OptimizerOf(training, 0).BytesPerNumber() - CountedBytes));
        var standing = estimate.Weights - saved + (trained * needs.TrainedShare) + needs.TeacherBytes;
        var moving = (double)estimate.ActivationsPerToken!.Value * needs.Elements;
        if (standing + (moving / LeastShare) > available)
        {
            throw new RecipeException(
                $"The run does not fit the memory: weights, gradients and moments{(needs.TeacherBytes > 0 ? ", and the teacher's weights," : "")} take {Gigabytes(standing)} and a batch of {needs.Elements:N0} elements up to {Gigabytes(moving)}, and {Gigabytes(available)} are there for it. " +
                (standing < available ? "Lower training.batch_size, and raise training.accumulation by as much to keep the steps as they are." : $"Choose a smaller model{(needs.TeacherBytes > 0 ? " or teacher" : "")}, or train an adapter (adaptation.kind=low_rank) over weights in few bits (adaptation.base=nf4)."));
        }

        if (standing + moving > available && logger is not null)
        {
            LogTight(logger, Gigabytes(standing + moving), Gigabytes(available));
        }
    }

    private static string Gigabytes(double bytes) => (bytes / (1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run may take up to {Needed} of memory, and {Free} are there for it. If the system ends it, lower training.batch_size and raise training.accumulation by as much.")]
    private static partial void LogTight(ILogger logger, string needed, string free);
}
