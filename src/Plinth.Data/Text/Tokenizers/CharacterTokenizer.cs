using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Makes tokenizers with one id for each distinct character (code point) of a corpus, for character-level models.</summary>
public static class CharacterTokenizer
{
    /// <summary>Collects the characters of documents.</summary>
    /// <param name="documents">Texts, read once.</param>
    /// <param name="specialTokens">Control tokens, which get the first ids; null for <c>&lt;|endoftext|&gt;</c> alone. They are not looked for in documents.</param>
    /// <param name="unknownToken">The token of characters that the corpus lacks, which gets the id after them; null to leave such characters out of encoded text.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="RecipeException">The special tokens are impossible.</exception>
    public static PipelineTokenizer Train(
        IEnumerable<string> documents, IReadOnlyList<string>? specialTokens = null, string? unknownToken = "<unk>", CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        SortedSet<int> characters = [];
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var rune in document.EnumerateRunes()) // a lone surrogate comes as U+FFFD
            {
                characters.Add(rune.Value);
            }
        }
        List<string> special = [.. specialTokens ?? [ByteLevelBpeTrainer.EndOfText]];
        if (unknownToken is not null)
        {
            special.Add(unknownToken);
        }

        List<string> tokens = [.. special, .. characters.Select(char.ConvertFromUtf32)];
        if (tokens.Distinct(StringComparer.Ordinal).Count() != tokens.Count || special.Exists(string.IsNullOrEmpty))
        {
            throw new RecipeException("The special tokens of a character tokenizer must be different from each other and from every character, and none may be empty.");
        }

        var json = TokenizerJson.Write(
            special.Select((token, id) => (id, token)), null, null, null, new System.Text.Json.Nodes.JsonObject { ["type"] = "Fuse" },
            writer => TokenizerJson.WriteBpe(writer, tokens.Select((token, id) => (token, id)), [], unknownToken));
        return TokenizerReader.Read(json, new(), null, "The character tokenizer");
    }
}
