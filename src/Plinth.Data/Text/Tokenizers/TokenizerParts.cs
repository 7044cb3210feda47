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

    public required TokenRoles Roles { get; init; }

    /// <summary>The file it was read from, which saving writes again.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    public string? ConfigText { get; init; }
}
