using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Chat;
using Plinth.Inference.Constraints;
using Plinth.Inference.Sampling;
using Plinth.Models;

namespace Plinth.Inference.Pipelines;

/// <summary>
/// Text in, a record out: a C# type or a JSON schema decides the form of the answer, and the model can write nothing else. Calls
/// take turns with the clients of the process.
/// </summary>
public sealed class RecordPipeline : IDisposable
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly ChatTemplate? template;
    private readonly RecordOptions options;
    private readonly TokenGenerator generator;
    private readonly Lazy<JsonConstraints> constraints;
    private Model? owned;

    /// <param name="model">A causal model with the head for the next token; it stays the caller's.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="template">The form of its conversations, for a model that follows instructions; null asks by the plain prompt.</param>
    /// <param name="options">How the model is asked.</param>
    /// <exception cref="PlinthException">The model does not predict the next token.</exception>
    public RecordPipeline(Model model, Tokenizer tokenizer, ChatTemplate? template = null, RecordOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        generator = new(model);
        (this.model, this.tokenizer, this.template, this.options) = (model, tokenizer, template, options ?? new());
        constraints = new(() => new(tokenizer));
    }

    /// <summary>Loads a checkpoint with its tokenizer, and its template where it has one; disposing the pipeline frees the model.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">How the model is asked.</param>
    /// <exception cref="PlinthException">A file is missing or malformed, or the model does not predict the next token.</exception>
    public static RecordPipeline Load(string folder, RecordOptions? options = null)
    {
        var tokenizer = TokenizerFiles.Load(folder);
        var template = ChatTemplate.Find(folder);
        var model = Checkpoint.Load(folder, ModelCatalog.Families).Model;
        try
        {
            return new(model, tokenizer, template, options) { owned = model };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Fills a record from a text.</summary>
    /// <typeparam name="T">A type that System.Text.Json reads; descriptions of its members (<c>[Description]</c>) are told to the model.</typeparam>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Ends the work before the next token.</param>
    /// <exception cref="ConstraintException">The type's schema cannot be a constraint.</exception>
    /// <exception cref="IncompleteRecordException">The tokens ran out before the record was whole.</exception>
    public T Extract<T>(string text, CancellationToken cancellation = default)
    {
        var json = ExtractJson(text, RecordSchema.Of(typeof(T), options.Json), cancellation);
        try
        {
            return JsonSerializer.Deserialize<T>(json, options.Json ?? RecordSchema.DefaultJson)!;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or FormatException)
        {
            throw new PlinthException($"The record {json} is no {typeof(T).Name}: {error.Message} The type asks for more than its schema says.", error);
        }
    }

    /// <summary>Fills a document of a schema from a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="schema">A JSON schema.</param>
    /// <param name="cancellation">Ends the work before the next token.</param>
    /// <exception cref="ConstraintException">The schema cannot be a constraint.</exception>
    /// <exception cref="IncompleteRecordException">The tokens ran out before the document was whole.</exception>
    public JsonElement Extract(string text, JsonElement schema, CancellationToken cancellation = default)
    {
        using var document = JsonDocument.Parse(ExtractJson(text, schema, cancellation), new() { MaxDepth = 128 });
        return document.RootElement.Clone();
    }

    /// <summary>As <see cref="Extract(string, JsonElement, CancellationToken)"/>, the document as it was written.</summary>
    public string ExtractJson(string text, JsonElement schema, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var constraint = constraints.Value.Of(schema);
        var ids = tokenizer.EncodeIds(Prompt(text, schema.GetRawText()), addSpecial: template is null);
        ids = ids.Count > 0 ? ids : [tokenizer.BeginId ?? tokenizer.EndId ?? 0];
        var chosen = CausalModel.WithEnd(options.Generation, model, tokenizer) with { Constraint = constraint, NumReturnSequences = 1 };
        var sequence = ComputeTurn.Take(() => generator.Generate([ids], chosen, cancellation)[0], cancellation);
        var isWhole = sequence.FinishReason is FinishReason.Complete or FinishReason.EndToken;
        // The bytes that the constraint saw, rather than the tokenizer's idea of a text.
        var written = System.Text.Encoding.UTF8.GetString(sequence.NewIds.SelectMany(id => tokenizer.BytesOf(id) ?? []).ToArray()).Trim();
        return isWhole ? written : throw new IncompleteRecordException(written, sequence.NewIds.Count);
    }

    /// <inheritdoc />
    public void Dispose() => owned?.Dispose();

    private string Prompt(string text, string schema)
    {
        if (template is null)
        {
            return options.PlainPrompt(text, schema);
        }

        return template.Render(new([new("user", options.Message(text, schema))]), addsPrompt: true).Text;
    }
}

/// <summary>How a model is asked for records.</summary>
public sealed record RecordOptions
{
    /// <summary>What a model with a chat template is told, of text and schema. Who fine-tunes a model for records trains it on the same words.</summary>
    public Func<string, string, string> Message { get; init; } =
        (text, schema) => $"Fill in the JSON object from the text. Answer with JSON alone.\n\nJSON schema:\n{schema}\n\nText:\n{text}";

    /// <summary>The prompt for a model without a chat template, of text and schema.</summary>
    public Func<string, string, string> PlainPrompt { get; init; } = (text, schema) => $"Text: {text}\nSchema: {schema}\nJSON:";

    /// <summary>How tokens are chosen; by default the most probable one, and at most 512.</summary>
    public GenerationOptions Generation { get; init; } = new() { MaxNewTokens = 512 };

    /// <summary>How types are read and named; null for camel case, enumerations by name, and nulls only where the type allows them.</summary>
    public JsonSerializerOptions? Json { get; init; }
}

/// <summary>The tokens ran out before a record was whole.</summary>
public sealed class IncompleteRecordException : PlinthException
{
    /// <summary>Creates the error.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="count">How many tokens that took.</param>
    public IncompleteRecordException(string written, int count)
        : base($"The record is not whole after {count} tokens, and no shorter one was left. Allow more tokens (MaxNewTokens), shorten the text, or use a smaller schema.") => Written = written;

    /// <inheritdoc />
    public IncompleteRecordException(string message) : base(message) { }

    /// <inheritdoc />
    public IncompleteRecordException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public IncompleteRecordException() { }

    /// <summary>What was written.</summary>
    public string Written { get; } = "";
}
