using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text.Chat;

/// <summary>
/// The form in which a model wants its conversations, as checkpoints carry it: <c>chat_template.jinja</c>, or <c>chat_template</c> in
/// <c>tokenizer_config.json</c>, one text or several with names. Safe for concurrent use.
/// </summary>
public sealed class ChatTemplate
{
    private readonly IReadOnlyDictionary<string, JinjaTemplate> templates;
    private readonly Dictionary<string, JsonElement> tokenValues;

    internal ChatTemplate(IReadOnlyDictionary<string, JinjaTemplate> templates, IReadOnlyDictionary<string, string> tokens)
    {
        (this.templates, Tokens) = (templates, tokens);
        tokenValues = tokens.ToDictionary(token => token.Key, token => ChatJson.Value(token.Value));
    }

    /// <summary>The names of the templates; <c>default</c> is used unless there are tools and a <c>tool_use</c>.</summary>
    public IReadOnlyCollection<string> Names => [.. templates.Keys];

    /// <summary>The special tokens that templates find by name, for example <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; }

    /// <summary>Reads a template's text.</summary>
    /// <param name="text">The template.</param>
    /// <param name="tokens">Special tokens by name, for example <c>eos_token</c>.</param>
    /// <param name="limits">What a rendering may use.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="TemplateException">It is malformed.</exception>
    public static ChatTemplate Parse(string text, IReadOnlyDictionary<string, string>? tokens = null, TemplateLimits? limits = null, TimeProvider? time = null) =>
        new(new Dictionary<string, JinjaTemplate> { [ChatTemplateFiles.DefaultName] = JinjaTemplate.Parse(text, limits, time) }, tokens ?? new Dictionary<string, string>());

    /// <summary>Reads the template of a checkpoint or tokenizer.</summary>
    /// <param name="path">A folder, a <c>tokenizer_config.json</c>, or a <c>.jinja</c> file.</param>
    /// <param name="limits">What a rendering may use.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="BadInputException">There is no template, or it is malformed.</exception>
    public static ChatTemplate Load(string path, TemplateLimits? limits = null, TimeProvider? time = null) => ChatTemplateFiles.Load(path, limits, time);

    /// <summary>As <see cref="Load"/>, of a folder that may hold none: then null.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="BadInputException">The template is malformed.</exception>
    public static ChatTemplate? Find(string folder) => ChatTemplateFiles.Find(folder, null, null);

    /// <summary>The same template with other special tokens.</summary>
    /// <param name="tokens">Special tokens by name, for example <c>eos_token</c>.</param>
    public ChatTemplate WithTokens(IReadOnlyDictionary<string, string> tokens) => new(templates, tokens);

    /// <summary>
    /// Writes the default template (<c>chat_template.jinja</c>) into a folder, beside a checkpoint, and the special tokens that its
    /// <c>tokenizer_config.json</c> does not name yet.
    /// </summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public void Save(string folder) => ChatTemplateFiles.Save(folder, templates.GetValueOrDefault(ChatTemplateFiles.DefaultName)?.Text, Tokens);

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The messages.</param>
    /// <param name="addsPrompt">Whether the beginning of the assistant's answer is added, for the model to go on.</param>
    /// <param name="name">Which template; null chooses by whether there are tools.</param>
    /// <exception cref="TemplateException">The template refuses the messages, errs, or exceeds its limits.</exception>
    public TemplateOutput Render(ChatConversation conversation, bool addsPrompt = false, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var variables = new Dictionary<string, JsonElement>(tokenValues, StringComparer.Ordinal);
        foreach (var (key, value) in conversation.Variables)
        {
            variables[key] = value;
        }

        variables["messages"] = ChatJson.List(conversation.Messages.Select(message => message.ToJson()));
        variables["tools"] = ChatJson.List(conversation.Tools);
        variables.TryAdd("documents", ChatJson.List(null));
        variables["add_generation_prompt"] = ChatJson.Value(addsPrompt);
        return Named(name ?? (conversation.Tools is not null && templates.ContainsKey("tool_use") ? "tool_use" : ChatTemplateFiles.DefaultName)).Render(variables);
    }

    /// <summary>Renders a whole conversation and finds what of it the assistant wrote, the mark that ends each answer included.</summary>
    /// <param name="conversation">The messages.</param>
    /// <param name="name">Which template; null chooses by whether there are tools.</param>
    /// <exception cref="TemplateException">The template refuses the messages, errs, or exceeds its limits.</exception>
    public ChatText RenderForTraining(ChatConversation conversation, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return new AssistantSpans(this, conversation, name).Find();
    }

    private JinjaTemplate Named(string name) => templates.TryGetValue(name, out var template) ? template
        : throw new BadInputException($"There is no chat template '{name}'. Known: {string.Join(", ", templates.Keys)}.");
}
