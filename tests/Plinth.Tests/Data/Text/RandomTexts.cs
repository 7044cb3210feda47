namespace Plinth.Tests.Data.Text;

/// <summary>Texts of all kinds of characters, the same for the same seed.</summary>
internal static class RandomTexts
{
    private static readonly string[] Pieces =
    [
        "the ", "of", " and", "'s", "'ll", " ", "  ", "\n", "\r\n\r\n", "\t", "\0", "\u0007", "é", "e\u0301", "a\u0323\u0307", "ß", "İ", "ﬁ", "½", "①", "中文", "日本語",
        "한국", "가\u11A8", "Привет", "مرحبا", "नमस्ते", "😀", "👩\u200D🚀", "🇩🇪", "𝐀𝟏", "𠀋", "\uFEFF", "\uFFFD", "\u00A0", "\u3000", "\u200B", "\u2581", "Ġ", "<", "|", ">", "##", "_", "42", "3.14", "X", "!",
        "?!", "[MASK", "]", "<|endoftext", "\u0378", "\uE000", "\u0301",
    ];

    public static IEnumerable<string> Make(int seed, int count, bool loneSurrogates = false)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => random.Next(4) == 0 ? Character(random) : Pieces[random.Next(Pieces.Length)]));
            yield return loneSurrogates ? text.Insert(random.Next(text.Length + 1), ((char)random.Next(0xD800, 0xE000)).ToString()) : text;
        }
    }

    private static string Character(Random random)
    {
        var codePoint = random.Next(3) == 0 ? random.Next(0x110000) : random.Next(0x3000);
        return codePoint is >= 0xD800 and < 0xE000 ? "x" : char.ConvertFromUtf32(codePoint);
    }
}
