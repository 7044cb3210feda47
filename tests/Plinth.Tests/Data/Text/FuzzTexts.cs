namespace Plinth.Tests.Data.Text;

/// <summary>Texts that tokenizers trip over, the same for a seed.</summary>
internal static class FuzzTexts
{
    private static readonly string[] Chosen =
    [
        "", " ", "\n", "\0", "a\0b", "\0\0\0", "\u0001\u0007\u001B[31m\u007F\u0085\u009F", "\uFEFFstart", "The end.", "I'm, you're, they'LL, DON'T 'tis 'Twas ''s", "x'ſ K'K",
        "👩\u200D👩\u200D👧\u200D👦 👍🏽 🏳️\u200D🌈 🇩🇪🇫🇷 1️⃣", "漢字かな交じり文。 한국어 조합 ㅎㅏㄴ \u1112\u1161\u11AB", "e\u0301\u0323 a\u0308\u0304 Z\u0351\u036B\u0343 \u0301lone",
        "مرحبا بالعالم ١٢٣ \u202Bשלום\u202C עולם", "नमस्ते दुनिया ไทยไม่มีช่องว่าง မြန်မာ", "\u00A0\u2003\u3000\u200B\u2028\u2029 \t\v\f\r\n\r\r\n\n", "   indented\n\t\tcode();  // x=1;;;\n\n\n   ",
        "1234567 3.14159 1,000,000 ½ ① Ⅷ ² ٣ 𝟘𝟙", "ﬁ ﬂ Ǆ ß İ ı ſ ﬀ Å Å", "𝒜𝓑𐐀𐐨𠀀𠮷", "<|endoftext|> <s> [MASK] <|im_start|>user</s>", "▁▁ ▁a_▁ Ġ Ċ ##ing", "http://a.b/c?d=e&f=%20#g", "\uFFFD\uFFFE\uE000\u0378",
        "ΑΒΓ αβγς ΣΊΣΥΦΟΣ", "Ünïcödé ÀÉÎ café naïve coöperate", "😀", "a", "\u0300", "\u200D",
    ];

    private static readonly string[] Pieces =
    [
        "the", " of", " and", "'s", "'LL", " ", "  ", "    ", "\n", "\r\n", "\n\n", "\t", "\0", "\u0007", "\u001F", "é", "e\u0301", "ß", "中", "文字", "か", "한", "Привет", " мир", "مر", "שלום", "नम", "्", "ไทย", "😀", "👩\u200D🚀",
        "🇩🇪", "𝐀", "𠀋", "\uFEFF", "\uFFFD", "\u00A0", "\u3000", "\u200B", "1", "42", "2024", ".", ",", "!?", "...", "-", "—", "\"", "”", "(", ")", "{", "};", "//", "_", "@", "#", "$", "€", "£", "+", "=", "X", "ABC", "camelCase", "\u0301", "\u20DD",
    ];

    /// <summary>Chosen texts, then so many made at random.</summary>
    public static IEnumerable<string> Make(int seed, int count)
    {
        foreach (var text in Chosen)
        {
            yield return text;
        }

        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            yield return string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => random.Next(5) == 0 ? Any(random) : Pieces[random.Next(Pieces.Length)]));
        }
    }

    /// <summary>Words of a hundred thousand bytes.</summary>
    public static IEnumerable<string> Long(int seed)
    {
        var random = new Random(seed);
        yield return new('a', 100_000);
        yield return string.Concat(Enumerable.Range(0, 100_000).Select(_ => (char)random.Next('a', 'z' + 1)));
        yield return string.Concat(Enumerable.Repeat("中文字", 11_000));
        yield return string.Concat(Enumerable.Repeat("👩\u200D🚀", 9_000));
        yield return new(' ', 100_000);
        yield return string.Concat(Enumerable.Repeat("e\u0301", 33_000));
        yield return new('\n', 100_000);
    }

    public static string WithLoneSurrogates(string text, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 3; i++)
        {
            text = text.Insert(random.Next(text.Length + 1), ((char)random.Next(0xD800, 0xE000)).ToString());
        }

        return text;
    }

    private static string Any(Random random)
    {
        var codePoint = random.Next(4) == 0 ? random.Next(0x110000) : random.Next(0x3000);
        return codePoint is >= 0xD800 and < 0xE000 ? "\uD83D\uDE80" : char.ConvertFromUtf32(codePoint);
    }
}
