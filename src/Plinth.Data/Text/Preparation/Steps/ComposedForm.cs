namespace Plinth.Data.Text.Preparation;

/// <summary>Unicode's composed form (NFC), for text most of which has it already.</summary>
internal static class ComposedForm
{
    private static readonly UnicodeFormNormalizer normalizer = new(isCompatible: false, composes: true);

    /// <summary>The text in that form.</summary>
    public static string Of(string text)
    {
        var data = UnicodeData.Shared;
        for (int i = 0, length; i < text.Length; i += length)
        {
            if (!data.KeepsForm(CodePoints.At(text, i, out length)))
            {
                return normalizer.Apply(text);
            }
        }

        return text;
    }
}
