namespace Plinth.Data.Text;

/// <summary>Reads the <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    public static Normalizer Read(JsonPart part) => part.Type switch
    {
        "Sequence" => new NormalizerSequence([.. part.Knows("normalizers").Children("normalizers").Select(Read)]),
        "BertNormalizer" => ReadBert(part.Knows("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")),
        "NFC" => Form(part, isCompatible: false, composes: true),
        "NFD" => Form(part, isCompatible: false, composes: false),
        "NFKC" => Form(part, isCompatible: true, composes: true),
        "NFKD" => Form(part, isCompatible: true, composes: false),
        "Lowercase" => Plain(part, new LowercaseNormalizer()),
        "StripAccents" => Plain(part, new StripAccentsNormalizer()),
        "ByteLevel" => Plain(part, new ByteLevelNormalizer()),
        "Nmt" => Plain(part, new NmtNormalizer()),
        "Strip" => new StripNormalizer(part.Knows("strip_left", "strip_right").Flag("strip_left", true), part.Flag("strip_right", true)),
        "Prepend" => new PrependNormalizer(part.Knows("prepend").Text("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(part.Knows("pattern", "content").Child("pattern")), part.Text("content")),
        "Precompiled" => ReadPrecompiled(part.Knows("precompiled_charsmap")),
        _ => throw part.Unknown("normalizer", "Sequence", "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "ByteLevel", "Nmt", "Strip", "Prepend", "Replace", "Precompiled"),
    };

    private static BertNormalizer ReadBert(JsonPart part)
    {
        var lowercase = part.Flag("lowercase", true);
        return new(part.Flag("clean_text", true), part.Flag("handle_chinese_chars", true), part.Flag("strip_accents", otherwise: lowercase), lowercase);
    }

    private static PrecompiledNormalizer ReadPrecompiled(JsonPart part)
    {
        var text = part.OptionalText("precompiled_charsmap") ?? "";
        var table = new byte[text.Length];
        return Convert.TryFromBase64String(text, table, out var size)
            ? new(new CharacterMap(table.AsSpan(0, size), part.Where))
            : throw part.Missing("precompiled_charsmap", "a text in base64");
    }

    private static UnicodeFormNormalizer Form(JsonPart part, bool isCompatible, bool composes) => Plain(part, new UnicodeFormNormalizer(isCompatible, composes));

    private static T Plain<T>(JsonPart part, T normalizer)
    {
        part.Knows();
        return normalizer;
    }
}
