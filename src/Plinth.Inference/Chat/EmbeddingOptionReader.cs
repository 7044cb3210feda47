using System.Reflection;
using Microsoft.Extensions.AI;

namespace Plinth.Inference.Chat;

/// <summary>Options of embeddings: honoured, or refused by their names.</summary>
internal static class EmbeddingOptionReader
{
    /// <summary>Every member of the options that something was decided about.</summary>
    internal static readonly IReadOnlySet<string> Decided = new HashSet<string>(StringComparer.Ordinal)
    {
        nameof(EmbeddingGenerationOptions.AdditionalProperties), nameof(EmbeddingGenerationOptions.Dimensions), nameof(EmbeddingGenerationOptions.ModelId),
        nameof(EmbeddingGenerationOptions.RawRepresentationFactory),
    };

    /// <summary>Refuses what cannot be honoured.</summary>
    /// <param name="options">The options, or null.</param>
    /// <param name="modelId">The name of the model that answers.</param>
    /// <param name="size">Components of its vectors, or null where they are known only after the first.</param>
    /// <exception cref="ClientOptionException">An option cannot be honoured.</exception>
    public static void Check(EmbeddingGenerationOptions? options, string modelId, int? size)
    {
        if (options is null)
        {
            return;
        }

        ChatOptionReader.Require(options.ModelId is null || options.ModelId == modelId, nameof(options.ModelId), $"this client answers with '{modelId}', not with '{options.ModelId}'.");
        // Only models that were trained for it (Kusupati et al. 2022, arXiv:2205.13147) may be cut short, and a checkpoint does not say.
        ChatOptionReader.Require(options.Dimensions is null || size is null || options.Dimensions == size, nameof(options.Dimensions), $"vectors have {size} components.");
        ChatOptionReader.Require(options.RawRepresentationFactory is null, nameof(options.RawRepresentationFactory), "there is no raw form of these options.");
        ChatOptionReader.Require(options.AdditionalProperties is null or { Count: 0 }, nameof(options.AdditionalProperties), $"'{options.AdditionalProperties?.Keys.FirstOrDefault()}' is not known; none are.");
        foreach (var member in typeof(EmbeddingGenerationOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => !Decided.Contains(member.Name)))
        {
            var nothing = member.PropertyType.IsValueType ? Activator.CreateInstance(member.PropertyType) : null;
            ChatOptionReader.Require(Equals(member.GetValue(options), nothing), member.Name, "this version does not know it.");
        }
    }
}
