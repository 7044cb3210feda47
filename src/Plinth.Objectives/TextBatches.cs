using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>What text objectives ask of a batch.</summary>
internal static class TextBatches
{
    public static TextBatch Of(Batch batch) => batch as TextBatch
        ?? throw new ArgumentException($"A text objective takes a {nameof(TextBatch)}, not a {batch?.GetType().Name ?? "null"}.", nameof(batch));

    public static Tensor Targets(Batch batch) => Of(batch).Labels is { } labels && labels.dim() == 2 && labels.size(1) == 2
        ? labels
        : throw new ArgumentException($"The batch was not prepared: call {nameof(Objective.Prepare)} first.", nameof(batch));
}
