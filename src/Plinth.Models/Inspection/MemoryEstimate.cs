namespace Plinth.Models.Inspection;

/// <summary>Bytes that a model needs in one element type.</summary>
/// <param name="Type">Name of the element type.</param>
/// <param name="Weights">All weights; exact, but for int8, whose scales (some hundredths of the whole) are left out.</param>
/// <param name="Training">
/// Weights, gradients and the two moments of AdamW; with bfloat16 the float32 weights and moments that the optimizer keeps. Exact; null
/// where weights of the type are not trained.
/// </param>
/// <param name="ActivationsPerToken">Estimate of what a training step keeps per token, without recomputation; null with <paramref name="Training"/>.</param>
/// <param name="CachePerToken">Keys and values of one token; 0 where there is no cache.</param>
public sealed record MemoryEstimate(string Type, long Weights, long? Training, long? ActivationsPerToken, long CachePerToken)
{
    private const int Float32Bytes = 4, MomentBytes = 2 * Float32Bytes;

    /// <summary>The estimates of all element types.</summary>
    public static IReadOnlyList<MemoryEstimate> All(ModelInspection inspection)
    {
        ArgumentNullException.ThrowIfNull(inspection);
        return
        [
            Of(inspection, "float32", 4, (2 * Float32Bytes) + MomentBytes),
            Of(inspection, "bfloat16", 2, 2 + 2 + Float32Bytes + MomentBytes),
            Of(inspection, "float16", 2, null),
            Of(inspection, "int8", 1, null),
        ];
    }

    private static MemoryEstimate Of(ModelInspection inspection, string type, int bytes, int? trainingBytes) => new(
        type,
        inspection.ParameterCount * bytes,
        inspection.ParameterCount * trainingBytes,
        trainingBytes is null ? null : (long)(inspection.ActivationElements * bytes),
        inspection.CacheElements * bytes);
}
