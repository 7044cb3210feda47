using System.Text.Json;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Chat;

/// <summary>What a chat client does where a request leaves it open.</summary>
public sealed record ChatPipelineOptions
{
    /// <summary>The name that answers carry and requests may ask for; null takes the folder's.</summary>
    public string? ModelId { get; init; }

    /// <summary>The form of conversations, for a checkpoint that brings none; null takes the checkpoint's.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>Further variables of the template in every request, for example <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> TemplateVariables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>How tokens are chosen; null takes the checkpoint's generation_config.json, or else draws by the model's own probabilities.</summary>
    public GenerationOptions? Generation { get; init; }

    /// <summary>Most tokens of an answer when the request does not say; it has no effect where <see cref="Generation"/> is given.</summary>
    public int MaxOutputTokens { get; init; } = 512;

    /// <summary>The clock of answers; null for the system's.</summary>
    public TimeProvider? Time { get; init; }
}
