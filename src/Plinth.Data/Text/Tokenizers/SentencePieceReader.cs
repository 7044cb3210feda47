namespace Plinth.Data.Text;

/// <summary>Makes a tokenizer of a SentencePiece model: alone, or with what a model's config puts around it.</summary>
internal static class SentencePieceReader
{
    /// <summary>The model as SentencePiece itself uses it: control pieces are never found in text, and nothing is put around it.</summary>
    public static PipelineTokenizer ReadPlain(byte[] bytes, string path)
    {
        var file = SentencePieceFile.Read(bytes, path);
        var vocabulary = VocabularyOf(file, path);
        Dictionary<string, string?> stated = new(StringComparer.Ordinal)
        {
            ["unk_token"] = file.Pieces[file.UnknownId].Text,
            ["bos_token"] = Control(file, file.BeginPiece),
            ["eos_token"] = Control(file, file.EndPiece),
            ["pad_token"] = Control(file, file.PadPiece),
        };
        return new(Parts(file, bytes, path) with
        {
            Model = SentencePieceModels.Make(file, vocabulary),
            ControlIds = [.. file.Pieces.Index().Where(piece => piece.Item.Kind == PieceKind.Control).Select(piece => piece.Index)],
            Roles = new() { Stated = stated },
        });
    }

    /// <summary>What follows from the file alone; the model is left to the caller, for ids may be others outside.</summary>
    public static TokenizerParts Parts(SentencePieceFile file, byte[] bytes, string path)
    {
        TokenTrie? userDefined = null;
        foreach (var piece in file.Pieces.Where(piece => piece.Kind == PieceKind.UserDefined))
        {
            (userDefined ??= new()).Add(piece.Text, 0);
        }

        List<PreTokenizer> cuts = [];
        if (userDefined is not null && file.Model != PieceModelKind.Unigram) // a unigram model finds them by their scores
        {
            cuts.Add(new UserDefinedPreTokenizer(userDefined));
        }

        if (file.Model == PieceModelKind.Word)
        {
            cuts.Add(new MetaspacePreTokenizer(SentencePieceFile.Space, PrependScheme.Never, splits: true));
        }

        var kinds = file.Pieces.DistinctBy(piece => piece.Text).ToDictionary(piece => piece.Text, piece => piece.Kind, StringComparer.Ordinal);
        return new()
        {
            Added = new([], null, path),
            Normalizer = new SentencePieceNormalizer(file.Rules, new(file.Rules.CharacterMap, path), userDefined),
            PreTokenizer = cuts.Count == 0 ? null : new PreTokenizerSequence(cuts),
            Model = new WordLevelModel(new(), null),
            PostProcessor = new(Template.None, []),
            Decoder = new SentencePieceDecoder(kinds, file, file.Denormalizer is { } rules ? new SentencePieceNormalizer(rules, new(rules.CharacterMap, path), null) : null),
            Roles = new(),
            File = new(Path.GetFileName(path), bytes),
        };
    }

    public static Vocabulary VocabularyOf(SentencePieceFile file, string where)
    {
        var vocabulary = new Vocabulary();
        for (var id = 0; id < file.Pieces.Count; id++)
        {
            vocabulary.Add(file.Pieces[id].Text, id, where);
        }

        return vocabulary;
    }

    private static string? Control(SentencePieceFile file, string text) =>
        file.Pieces.Exists(piece => piece.Text == text && piece.Kind == PieceKind.Control) ? text : null;
}
