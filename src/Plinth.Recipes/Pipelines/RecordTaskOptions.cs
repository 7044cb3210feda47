using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Recipes.Pipelines;

/// <summary>What decides the form of records.</summary>
public sealed record RecordTaskOptions
{
    /// <summary>A JSON schema: a file, or the schema itself, which begins with a brace.</summary>
    public string Schema { get; init; } = "";

    /// <summary>Tokens of a record at most; near the end it is closed as briefly as the schema allows.</summary>
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>Reads the schema.</summary>
    /// <exception cref="PlinthException">There is none, or it is no JSON object.</exception>
    internal JsonElement ReadSchema()
    {
        if (Schema.Trim().Length == 0)
        {
            throw new RecipeException("text_to_record needs a JSON schema. Name its file: --set schema=person.json");
        }

        if (!Schema.TrimStart().StartsWith('{'))
        {
            return JsonSerializer.SerializeToElement(Checkpoint.ReadJson(Schema));
        }

        try
        {
            return JsonElement.Parse(Schema);
        }
        catch (JsonException error)
        {
            throw new RecipeException($"The schema is malformed JSON. {error.Message}", error);
        }
    }
}
