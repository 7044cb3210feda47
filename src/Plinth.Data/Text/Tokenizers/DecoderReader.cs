namespace Plinth.Data.Text;

/// <summary>Reads the <c>decoder</c> of a tokenizer file.</summary>
internal static class DecoderReader
{
    public static TokenDecoder Read(JsonPart part) => part.Type switch
    {
        "Sequence" => new DecoderSequence([.. part.Knows("decoders").Children("decoders").Select(Read)]),
        "ByteLevel" => Plain(new ByteLevelDecoder(), part, "add_prefix_space", "trim_offsets", "use_regex"),
        "ByteFallback" => Plain(new ByteFallbackDecoder(), part),
        "Fuse" => Plain(new FuseDecoder(), part),
        "WordPiece" => TokenDecoders.WordPiece(part.Knows("prefix", "cleanup").OptionalText("prefix") ?? "##", part.Flag("cleanup", true)),
        "Metaspace" => TokenDecoders.Metaspace(
            part.Knows("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep").Character("replacement", '\u2581'), PreTokenizerReader.Scheme(part)),
        "BPEDecoder" => TokenDecoders.Suffix(part.Knows("suffix").OptionalText("suffix") ?? "</w>"),
        "CTC" => new CtcDecoder(
            part.Knows("pad_token", "word_delimiter_token", "cleanup").OptionalText("pad_token") ?? "<pad>", part.OptionalText("word_delimiter_token") ?? "|", part.Flag("cleanup", true)),
        "Strip" => TokenDecoders.Strip(part.Knows("content", "start", "stop").Character("content"), part.Number("start"), part.Number("stop")),
        "Replace" => TokenDecoders.Replace(PatternReader.Read(part.Knows("pattern", "content").Child("pattern")), part.Text("content")),
        _ => throw part.Unknown("decoder", "Sequence", "ByteLevel", "ByteFallback", "Fuse", "WordPiece", "Metaspace", "BPEDecoder", "CTC", "Strip", "Replace"),
    };

    private static TokenDecoder Plain(TokenDecoder decoder, JsonPart part, params ReadOnlySpan<string> keys)
    {
        part.Knows(keys);
        return decoder;
    }
}
