namespace Plinth.Data.Text;

/// <summary>What a <see cref="PipelineTokenizer" /> is made of.</summary>
internal sealed record TokenizerParts
{
    public required AddedTokens Added { get; init; }

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    /// <summary>Whether words are written in the alphabet of bytes on their way to the model.</summary>
    public bool MapsBytes { get; init; }

    public required TokenModel Model { get; init; }

    public required PostProcessor PostProcessor { get; init; }

    public TokenDecoder? Decoder { get; init; }

    public TruncationRule? Truncation { get; init; }

    public PaddingRule? Padding { get; init; }

    public required TokenRoles Roles { get; init; }

    /// <summary>Tokens of the model that are never text, besides special added tokens.</summary>
    public IEnumerable<int> ControlIds { get; init; } = [];

    /// <summary>The file it was read from, which saving writes again.</summary>
    public required TokenizerFile File { get; init; }

    public string? ConfigText { get; init; }
}

/// <summary>A tokenizer's own file, apart from its config.</summary>
/// <param name="Name">The name that it is found by.</param>
/// <param name="Bytes">Its content.</param>
internal sealed record TokenizerFile(string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Files that it cannot do without.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> Beside { get; init; } = [];
}
