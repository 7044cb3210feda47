using System.Buffers;
using System.Globalization;
using System.Text;

namespace Plinth.Data.Text;

/// <summary>Joins pieces as SentencePiece does: bytes become characters, visible spaces spaces, and the space before the text goes.</summary>
/// <param name="kinds">What each piece of the model is for.</param>
/// <param name="file">The model.</param>
/// <param name="denormalizer">What is done to the whole text, or null.</param>
internal sealed class SentencePieceDecoder(IReadOnlyDictionary<string, PieceKind> kinds, SentencePieceFile file, Normalizer? denormalizer) : TokenDecoder
{
    private readonly bool stripsSpace = file.Rules.AddsDummySpace || file.Rules.RemovesExtraSpaces;

    public override List<string> Apply(List<string> tokens)
    {
        StringBuilder text = new();
        List<byte> pending = [];
        var (isStart, hasStripped) = (true, false);
        foreach (var token in tokens)
        {
            var isPiece = kinds.TryGetValue(token, out var kind);
            if (kind == PieceKind.Byte)
            {
                pending.Add(byte.Parse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                continue;
            }
            Flush(pending, text);
            isStart &= !hasStripped && text.Length == 0;
            hasStripped = false;
            if (kind == PieceKind.Unknown)
            {
                text.Append(file.UnknownSurface);
            }
            else if (!isPiece || kind == PieceKind.Control)
            {
                text.Append(token);
            }
            else
            {
                var strips = isStart && stripsSpace && token[0] == SentencePieceFile.Space;
                // Where extra spaces are removed, all of them go from the beginning; else the one that was put there.
                hasStripped = strips && !file.Rules.RemovesExtraSpaces;
                text.Append(token[(strips ? 1 : 0)..].Replace(SentencePieceFile.Space, ' '));
            }
        }
        Flush(pending, text);
        var whole = text.ToString();
        return [denormalizer?.Apply(whole) ?? whole];
    }

    public override Spelling? Spell(Spelling token)
    {
        if (denormalizer is not null || !kinds.TryGetValue(token.Text, out var kind))
        {
            return denormalizer is null ? token : null;
        }

        return kind switch
        {
            PieceKind.Byte => token with { Bytes = [byte.Parse(token.Text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)] },
            PieceKind.Unknown or PieceKind.Control => null,
            _ => token with { Text = token.Text.Replace(SentencePieceFile.Space, ' ') },
        };
    }

    private static void Flush(List<byte> pending, StringBuilder text)
    {
        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
        while (!bytes.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done;
            text.Append(isWhole ? rune.ToString() : "\uFFFD");
            bytes = bytes[(isWhole ? length : 1)..];
        }
        pending.Clear();
    }
}
