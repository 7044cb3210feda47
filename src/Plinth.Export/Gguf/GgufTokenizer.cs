namespace Plinth.Export.Gguf;

/// <summary>What GGUF says of one token; the numbers are the format's.</summary>
internal enum GgufTokenKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A tokenizer as GGUF carries it.</summary>
internal sealed record GgufTokenizer
{
    /// <summary><c>gpt2</c>, <c>llama</c>, <c>bert</c>, or <c>no_vocab</c> for a folder without one.</summary>
    public required string Model { get; init; }

    /// <summary>How llama.cpp calls the way in which text is cut before merging.</summary>
    public string PreTokenizer { get; init; } = "default";

    public IReadOnlyList<string> Tokens { get; init; } = [];

    public IReadOnlyList<GgufTokenKind> Kinds { get; init; } = [];

    /// <summary>Scores of the tokens, where the kind of tokenizer has them.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>Merges as "left right", where the kind of tokenizer has them.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>Ids by the key's name, such as <c>bos_token_id</c>.</summary>
    public IReadOnlyDictionary<string, int> SpecialIds { get; init; } = new Dictionary<string, int>();

    /// <summary>Further keys below <c>tokenizer.ggml.</c>.</summary>
    public IReadOnlyDictionary<string, object> Options { get; init; } = new Dictionary<string, object>();

    public string? ChatTemplate { get; init; }

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a checkpoint's tokenizer.</summary>
    public static GgufTokenizer Read(ModelFolder folder, int vocabularySize) =>
        TokenizerSource.Find(folder) is { } source
            ? source.Convert(vocabularySize)
            : new() { Model = "no_vocab", Notes = ["The folder has no tokenizer.json, so the file carries no tokenizer: programs must give it ids."] };

    /// <summary>Writes the keys.</summary>
    public void AddTo(GgufPlan plan)
    {
        const string prefix = "tokenizer.ggml.";
        var metadata = plan.Metadata;
        foreach (var note in Notes)
        {
            plan.Note(note);
        }

        metadata.Add(prefix + "model", Model);
        if (Tokens.Count == 0)
        {
            return;
        }

        metadata.Add(prefix + "pre", PreTokenizer);
        metadata.Add(prefix + "tokens", Tokens.ToArray());
        metadata.Add(prefix + "token_type", Kinds.Select(kind => (int)kind).ToArray());
        if (Scores is not null)
        {
            metadata.Add(prefix + "scores", Scores.ToArray());
        }

        if (Merges is not null)
        {
            metadata.Add(prefix + "merges", Merges.ToArray());
        }

        foreach (var (name, id) in SpecialIds)
        {
            metadata.Add(prefix + name, (uint)id);
        }

        foreach (var (name, value) in Options)
        {
            metadata.Add(prefix + name, value);
        }

        if (ChatTemplate is not null)
        {
            metadata.Add("tokenizer.chat_template", ChatTemplate);
        }
    }
}
