using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// What the tokenizers of published models put around a SentencePiece model that has no <c>tokenizer.json</c> beside it: special tokens found in text,
/// a template, sometimes other ids. <c>tokenizer_config.json</c> names the class.
/// </summary>
internal static class SentencePieceLayouts
{
    private static readonly string[] Known = ["T5", "Llama", "CodeLlama", "Gemma", "XLMRoberta", "Marian"];

    /// <param name="bytes">The model's file.</param>
    /// <param name="path">Its place; other files are looked for beside it.</param>
    /// <param name="config">The config.</param>
    /// <param name="configText">Its text.</param>
    /// <param name="roles">What the config says of special tokens.</param>
    public static PipelineTokenizer Read(byte[] bytes, string path, JsonPart config, string configText, TokenRoles roles)
    {
        var kind = config.OptionalText("tokenizer_class") ?? "";
        kind = kind.EndsWith("Fast", StringComparison.Ordinal) ? kind[..^4] : kind;
        kind = kind.EndsWith("Tokenizer", StringComparison.Ordinal) ? kind[..^"Tokenizer".Length] : kind;
        if (kind == "Marian")
        {
            return ReadMarian(bytes, path, config, configText, roles);
        }

        var file = SentencePieceFile.Read(bytes, path);
        var inner = SentencePieceReader.VocabularyOf(file, path);
        return kind switch
        {
            "T5" => Make(kind, file, inner, inner, ExtraIds(config, inner.Size)),
            "Llama" or "CodeLlama" or "Gemma" => Make(kind, file, inner, inner, []),
            "XLMRoberta" => Fairseq(),
            _ => throw new BadInputException($"{config.Where}: 'tokenizer_class' is '{config.OptionalText("tokenizer_class")}', of which it is not known what it puts around {Path.GetFileName(path)}. Known: {string.Join(", ", Known.Select(name => name + "Tokenizer"))}. Load the file itself for its plain ids."),
        };

        PipelineTokenizer Fairseq()
        {
            var outer = FairseqVocabulary(file, path);
            return Make(kind, file, inner, outer, [new(outer.Size, "<mask>") { IsSpecial = true, TakesLeft = true }]);
        }

        PipelineTokenizer Make(string kind, SentencePieceFile file, Vocabulary inner, Vocabulary outer, IEnumerable<AddedToken> extra) =>
            new(SentencePieceLayouts.Make(kind, file, inner, outer, [.. extra], config, roles, bytes, path) with { ConfigText = configText });
    }

    /// <summary>A model of one language with the vocabulary of both beside it.</summary>
    public static PipelineTokenizer ReadMarian(byte[] bytes, string path, JsonPart config, string? configText, TokenRoles roles)
    {
        var file = SentencePieceFile.Read(bytes, path);
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "vocab.json");
        var content = TokenizerFiles.ReadBytes(beside);
        var outer = new Vocabulary();
        foreach (var (token, id) in VocabularyFiles.ReadObject(content, beside))
        {
            outer.Add(token, id, beside);
        }
        // Found by the name of the source's model, whichever it was read as.
        TokenizerFile saved = new("source.spm", bytes) { Beside = [("vocab.json", content)] };
        return new(Make("Marian", file, SentencePieceReader.VocabularyOf(file, path), outer, [], config, roles, bytes, path) with { ConfigText = configText, File = saved });
    }

    private static TokenizerParts Make(
        string kind, SentencePieceFile file, Vocabulary inner, Vocabulary outer, List<AddedToken> extra, JsonPart config, TokenRoles roles, byte[] bytes, string path)
    {
        file.Rules.DummySpaceOnlyAtStart = config.Has("legacy") && !config.Flag("legacy");
        var model = SentencePieceModels.Make(file, inner);
        var unknown = roles.Stated.GetValueOrDefault("unk_token") is { } named ? outer.IdOf(named) : outer.IdOf(file.Pieces[file.UnknownId].Text);
        if (outer != inner)
        {
            model = new RemappedModel(outer, model, [.. file.Pieces.Select(piece => outer.IdOf(piece.Text) ?? unknown ?? 0)], unknown);
        }

        var added = new AddedTokens(Added(config, roles, outer, extra), null, config.Where);
        int? Id(string role, string usual) => added.IdOf(roles.Stated.GetValueOrDefault(role) ?? usual) ?? outer.IdOf(roles.Stated.GetValueOrDefault(role) ?? usual);
        return SentencePieceReader.Parts(file, bytes, path) with
        {
            Model = model,
            Added = added,
            PostProcessor = new(TemplateOf(kind, config, Id("bos_token", "<s>"), Id("eos_token", "</s>")), []),
            Roles = roles,
        };
    }

    private static IEnumerable<AddedToken> ExtraIds(JsonPart config, int first)
    {
        var count = config.OptionalNumber("extra_ids") ?? 100;
        return count is >= 0 and <= 10_000
            ? Enumerable.Range(0, count).Select(i => new AddedToken(first + count - 1 - i, $"<extra_id_{i}>") { IsSpecial = true })
            : throw config.Missing("extra_ids", "0 to 10000");
    }

    private static Template TemplateOf(string kind, JsonPart config, int? begin, int? end)
    {
        TemplatePart[] Special(int? id, bool isWanted = true) => isWanted && id is { } known ? [new(known, -1, 0)] : [];
        TemplatePart first = new(-1, 0, 0), second = new(-1, 1, 0);
        TemplatePart[] before, after;
        switch (kind)
        {
            case "T5":
                return new([first, .. Special(end)], [first, .. Special(end), second, .. Special(end)]);
            case "Marian":
                return new([first, .. Special(end)], [first, second, .. Special(end)]);
            case "XLMRoberta":
                return new([.. Special(begin), first, .. Special(end)], [.. Special(begin), first, .. Special(end), .. Special(end), second, .. Special(end)]);
            default:
                (before, after) = (Special(begin, config.Flag("add_bos_token", true)), Special(end, config.Flag("add_eos_token")));
                return new([.. before, first, .. after], [.. before, first, .. after, .. before, second with { TypeId = 1 }, .. after]);
        }
    }

    /// <summary>The tokens that the config lists, else those that have a part, and those of the layout.</summary>
    private static IEnumerable<AddedToken> Added(JsonPart config, TokenRoles roles, Vocabulary outer, List<AddedToken> extra)
    {
        if (config.OptionalChild("added_tokens_decoder") is not { } listed)
        {
            return extra.Concat(roles.Stated.Values.OfType<string>().Distinct(StringComparer.Ordinal)
                .Where(token => !extra.Exists(other => other.Content == token) && outer.IdOf(token) is not null)
                .Select(token => new AddedToken(outer.IdOf(token)!.Value, token) { IsSpecial = true }));
        }

        List<AddedToken> tokens = [];
        foreach (var property in listed.Element.EnumerateObject())
        {
            if (!int.TryParse(property.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id) || property.Value.ValueKind != JsonValueKind.Object)
            {
                throw new BadInputException($"{listed.Where}: '{Vocabulary.Shown(property.Name)}' must be an id with an object.");
            }

            var token = TokenizerReader.ReadAdded(new(property.Value, $"{listed.Where}.{id}"), id);
            if (outer.TokenOf(id) is { } other && other != token.Content)
            {
                throw new BadInputException($"{listed.Where}: the id {id} belongs to '{Vocabulary.Shown(token.Content)}' and to '{Vocabulary.Shown(other)}' of the model.");
            }

            tokens.Add(token with { IsNormalized = false });
        }
        return tokens;
    }

    /// <summary>Fairseq's ids: four special tokens in another order, and every piece one further.</summary>
    private static Vocabulary FairseqVocabulary(SentencePieceFile file, string where)
    {
        var vocabulary = new Vocabulary();
        string[] first = ["<s>", "<pad>", "</s>", "<unk>"];
        for (var id = 0; id < first.Length; id++)
        {
            vocabulary.Add(first[id], id, where);
        }

        for (var id = 3; id < file.Pieces.Count; id++)
        {
            vocabulary.Add(file.Pieces[id].Text, id + 1, where);
        }

        return vocabulary;
    }
}
