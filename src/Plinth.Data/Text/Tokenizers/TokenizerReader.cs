using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Makes a tokenizer from the text of <c>tokenizer.json</c>. What it does not know it refuses by name.</summary>
internal static class TokenizerReader
{
    private const int DepthLimit = 32;

    /// <param name="json">The file.</param>
    /// <param name="roles">Which tokens have a part.</param>
    /// <param name="configText">The config beside it, or null.</param>
    /// <param name="where">The file's name, for messages.</param>
    /// <exception cref="BadInputException">The file is malformed, or asks for what is not known.</exception>
    public static PipelineTokenizer Read(ReadOnlyMemory<byte> json, TokenRoles roles, string? configText, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = DepthLimit });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new BadInputException($"{where} must hold a JSON object.");
            }

            return Read(new(document.RootElement, where), json, roles, configText);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{where} is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // What System.Text.Json throws for texts that are not Unicode and values of another kind.
            throw new BadInputException($"{where} holds a value that cannot be read: {e.Message}", e);
        }
    }

    private static PipelineTokenizer Read(JsonPart root, ReadOnlyMemory<byte> json, TokenRoles roles, string? configText)
    {
        root.Knows("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        var normalizer = root.OptionalChild("normalizer") is { } child ? NormalizerReader.Read(child) : null;
        var added = new AddedTokens(root.Has("added_tokens") ? root.Children("added_tokens").Select(token => ReadAdded(token)) : [], normalizer, root.Where);
        var model = ModelReader.Read(root.Child("model"));
        foreach (var token in added.All)
        {
            if (model.Vocabulary.IdOf(token.Content) is { } id && id != token.Id)
            {
                throw new BadInputException($"{root.Where}: the added token '{Vocabulary.Shown(token.Content)}' has the id {token.Id}, but the vocabulary gives it {id}.");
            }

            if (model.Vocabulary.TokenOf(token.Id) is { } other && other != token.Content)
            {
                throw new BadInputException($"{root.Where}: the id {token.Id} belongs to the added token '{Vocabulary.Shown(token.Content)}' and to '{Vocabulary.Shown(other)}' of the vocabulary.");
            }
        }
        RefuseSparse(added, model, root.Where);
        var (preTokenizer, mapsBytes) = root.OptionalChild("pre_tokenizer") is { } cut ? PreTokenizerReader.Read(cut) : (null, false);
        var size = Math.Max(added.Size, model.Vocabulary.Size);
        return new(new()
        {
            Added = added,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            MapsBytes = mapsBytes,
            Model = model,
            PostProcessor = root.OptionalChild("post_processor") is { } post ? PostProcessorReader.Read(post, size) : new(Template.None, []),
            Decoder = root.OptionalChild("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            Truncation = root.OptionalChild("truncation") is { } truncation ? TruncationRule.Read(truncation) : null,
            Padding = root.OptionalChild("padding") is { } padding ? PaddingRule.Read(padding) : null,
            Roles = roles,
            File = new(TokenizerFiles.JsonName, json),
            ConfigText = configText,
        });
    }

    /// <param name="part">The token's object.</param>
    /// <param name="id">Its id where the object does not say it.</param>
    public static AddedToken ReadAdded(JsonPart part, int? id = null)
    {
        part.Knows("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        return new(id ?? part.Number("id"), part.Text("content"))
        {
            IsSpecial = part.Flag("special"),
            IsNormalized = part.Flag("normalized", otherwise: !part.Flag("special")),
            IsSingleWord = part.Flag("single_word"),
            TakesLeft = part.Flag("lstrip"),
            TakesRight = part.Flag("rstrip"),
        };
    }

    /// <summary>Tables of a model are as long as its ids are large, so ids must not run far ahead of the tokens.</summary>
    private static void RefuseSparse(AddedTokens added, TokenModel model, string where)
    {
        var (size, count) = (Math.Max(added.Size, model.Vocabulary.Size), model.Vocabulary.Count + added.All.Count());
        if (size > 4L * count + 100_000)
        {
            throw new BadInputException($"{where}: the largest id is {size - 1}, but there are only {count} tokens. Number the tokens without such gaps.");
        }
    }
}

/// <summary>Reads patterns, which stand in several parts.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonPart part)
    {
        part.Knows("String", "Regex");
        if (part.OptionalText("String") is { } literal)
        {
            return TextPattern.Literal(literal);
        }

        var pattern = part.Text("Regex");
        try
        {
            return TextPattern.Expression(pattern);
        }
        catch (ArgumentException e)
        {
            throw new BadInputException($"{part.Where}: the regular expression {Vocabulary.Shown(pattern)} is not understood: {e.Message}", e);
        }
    }
}
