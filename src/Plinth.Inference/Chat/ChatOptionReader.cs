using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Plinth.Inference.Constraints;
using Plinth.Inference.Sampling;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Inference.Chat;

/// <summary>
/// Turns the options of a request into those of the generator. Each member is honoured or refused by its name; a member that a newer
/// version of the abstractions adds is refused where it is set.
/// </summary>
internal static class ChatOptionReader
{
    /// <summary>The entry of <see cref="ChatOptions.AdditionalProperties"/> whose members become variables of the template.</summary>
    public const string TemplateVariables = "chat_template_kwargs";

    /// <summary>Every member that something was decided about.</summary>
    public static readonly IReadOnlySet<string> Decided = new HashSet<string>(StringComparer.Ordinal)
    {
        nameof(ChatOptions.AdditionalProperties), nameof(ChatOptions.AllowMultipleToolCalls), nameof(ChatOptions.ConversationId), nameof(ChatOptions.FrequencyPenalty),
        nameof(ChatOptions.Instructions), nameof(ChatOptions.MaxOutputTokens), nameof(ChatOptions.ModelId), nameof(ChatOptions.PresencePenalty),
        nameof(ChatOptions.RawRepresentationFactory), nameof(ChatOptions.Reasoning), nameof(ChatOptions.ResponseFormat), nameof(ChatOptions.Seed),
        nameof(ChatOptions.StopSequences), nameof(ChatOptions.Temperature), nameof(ChatOptions.ToolMode), nameof(ChatOptions.Tools), nameof(ChatOptions.TopK),
        nameof(ChatOptions.TopP), "AllowBackgroundResponses", "ContinuationToken",
    };

    private static readonly PropertyInfo[] Members = typeof(ChatOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    /// <summary>The generator's options.</summary>
    /// <param name="options">The request's, or null.</param>
    /// <param name="client">Whose request it is, for its options to be made raw.</param>
    /// <param name="defaults">What holds where the request is silent.</param>
    /// <param name="modelId">The model that answers.</param>
    /// <param name="constraints">Makes constraints, once asked for.</param>
    /// <exception cref="ClientOptionException">A member cannot be honoured.</exception>
    public static GenerationOptions Read(ChatOptions? options, IChatClient client, GenerationOptions defaults, string modelId, Func<JsonConstraints> constraints)
    {
        if (options is null)
        {
            return defaults;
        }

        RefuseUnknown(options);
        Require(options.ModelId is null || options.ModelId == modelId, nameof(options.ModelId), $"this client answers with '{modelId}', not with '{options.ModelId}'.");
        Require(options.ConversationId is null, nameof(options.ConversationId), "conversations are not kept here. Send all messages with each request.");
        Require(Member(options, "ContinuationToken") is null, "ContinuationToken", "answers cannot be taken up again. Send the request anew.");
        // AllowBackgroundResponses is a permission, of which no use is made.
        Require(options.Reasoning is null or { Effort: null, Output: null }, nameof(options.Reasoning),
            $"how much a model thinks is a matter of its template. Hand the template's own variable on, for example AdditionalProperties[\"{TemplateVariables}\"] = {{\"enable_thinking\": false}}.");
        Require(options.Temperature is null or (>= 0 and < float.PositiveInfinity), nameof(options.Temperature), "it is 0 (the most probable token) or more.");
        Require(options.TopP is null or (> 0 and <= 1), nameof(options.TopP), "it is above 0 and at most 1.");
        Require(options.TopK is null or >= 1, nameof(options.TopK), "it is 1 or more.");
        Require(options.MaxOutputTokens is null or >= 1, nameof(options.MaxOutputTokens), "it is 1 or more.");
        Require(options.FrequencyPenalty is null || float.IsFinite(options.FrequencyPenalty.Value), nameof(options.FrequencyPenalty), "it is a finite number.");
        Require(options.PresencePenalty is null || float.IsFinite(options.PresencePenalty.Value), nameof(options.PresencePenalty), "it is a finite number.");
        Require(options.StopSequences?.All(stop => !string.IsNullOrEmpty(stop)) ?? true, nameof(options.StopSequences), "a text of it is empty.");

        var start = Raw(options, client) ?? defaults;
        var isSampling = options.Temperature is { } heat ? heat > 0 : start.DoSample || options.TopP is not null || options.TopK is not null;
        return start with
        {
            DoSample = isSampling,
            Temperature = isSampling && options.Temperature is { } asked ? asked : start.Temperature,
            TopP = options.TopP ?? start.TopP,
            TopK = options.TopK ?? start.TopK,
            MaxNewTokens = options.MaxOutputTokens ?? start.MaxNewTokens,
            FrequencyPenalty = options.FrequencyPenalty ?? start.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty ?? start.PresencePenalty,
            Seed = options.Seed is { } seed ? unchecked((int)(seed ^ (seed >> 32))) : start.Seed,
            StopStrings = [.. start.StopStrings.Union(options.StopSequences ?? [])],
            Constraint = Constraint(options.ResponseFormat, constraints) ?? start.Constraint,
        };
    }

    /// <summary>The variables that the request hands to the template.</summary>
    /// <exception cref="ClientOptionException">An additional property is not known.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Variables(ChatOptions? options, IReadOnlyDictionary<string, JsonElement> always)
    {
        Dictionary<string, JsonElement> variables = new(always, StringComparer.Ordinal);
        foreach (var (name, value) in options?.AdditionalProperties ?? [])
        {
            var json = name == TemplateVariables ? JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions) : default;
            Require(json.ValueKind == JsonValueKind.Object, $"{nameof(ChatOptions.AdditionalProperties)}[\"{name}\"]",
                name == TemplateVariables ? "it is an object of variables." : $"it is not known. Known: {TemplateVariables}, an object of variables for the template.");
            foreach (var variable in json.EnumerateObject())
            {
                variables[variable.Name] = variable.Value;
            }
        }

        return variables;
    }

    internal static void Require(bool isTrue, string name, string message)
    {
        if (!isTrue)
        {
            throw new ClientOptionException(name, message);
        }
    }

    private static void RefuseUnknown(ChatOptions options)
    {
        foreach (var member in Members.Where(member => !Decided.Contains(member.Name) && member.CanRead && member.GetIndexParameters().Length == 0))
        {
            var value = member.GetValue(options);
            var nothing = member.PropertyType.IsValueType ? Activator.CreateInstance(member.PropertyType) : null;
            Require(Equals(value, nothing), member.Name, "this version does not know it.");
        }
    }

    // Members that are experimental in the abstractions.
    private static object? Member(ChatOptions options, string name) => Array.Find(Members, member => member.Name == name)?.GetValue(options);

    private static GenerationOptions? Raw(ChatOptions options, IChatClient client) => options.RawRepresentationFactory?.Invoke(client) switch
    {
        null => null,
        GenerationOptions raw => raw,
        var other => throw new ClientOptionException(nameof(options.RawRepresentationFactory), $"it makes a {other.GetType().Name}; this client understands {nameof(GenerationOptions)}."),
    };

    private static TokenConstraint? Constraint(ChatResponseFormat? format, Func<JsonConstraints> constraints) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } => constraints().Of(schema),
        ChatResponseFormatJson => constraints().Any(),
        _ => throw new ClientOptionException(nameof(ChatOptions.ResponseFormat), $"{format.GetType().Name} is not known. Known: text, JSON, JSON of a schema."),
    };
}
