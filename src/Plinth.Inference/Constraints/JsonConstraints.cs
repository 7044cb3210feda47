using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Constraints.Grammar;

namespace Plinth.Inference.Constraints;

/// <summary>
/// Makes constraints that let a model write JSON alone: any JSON, or documents of a schema. The vocabulary is read once per tokenizer, each schema once.
/// Safe for concurrent use.
/// </summary>
public sealed class JsonConstraints
{
    private const int MostKept = 64;

    private readonly TokenAlphabet alphabet;
    private readonly Dictionary<string, TokenConstraint> kept = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="PlinthException">The tokenizer cannot tell what its tokens write.</exception>
    public JsonConstraints(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        alphabet = new(tokenizer);
    }

    /// <summary>Any JSON value.</summary>
    /// <exception cref="ConstraintException">The vocabulary cannot write it.</exception>
    public TokenConstraint Any() => Kept("", () => JsonSchemaReader.ReadAny(alphabet));

    /// <summary>Documents of a schema.</summary>
    /// <param name="schema">A JSON schema; docs/clients.md lists the supported keywords.</param>
    /// <exception cref="ConstraintException">A keyword is not supported or impossible, or no document keeps the schema.</exception>
    public TokenConstraint Of(JsonElement schema) => Kept(schema.GetRawText(), () => JsonSchemaReader.Read(schema, alphabet));

    /// <summary>Documents of a schema.</summary>
    /// <param name="schema">The text of a JSON schema.</param>
    /// <exception cref="ConstraintException">It is not JSON, a keyword is not supported or impossible, or no document keeps the schema.</exception>
    public TokenConstraint Of(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        try
        {
            using var document = JsonDocument.Parse(schema, new() { CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 });
            return Of(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new ConstraintException($"The schema is not JSON: {error.Message}", error);
        }
    }

    private TokenConstraint Kept(string name, Func<Rule> make)
    {
        lock (gate)
        {
            if (kept.TryGetValue(name, out var known))
            {
                return known;
            }

            var made = new GrammarConstraint(make(), alphabet);
            if (kept.Count >= MostKept)
            {
                kept.Clear();
            }

            return kept[name] = made;
        }
    }
}
