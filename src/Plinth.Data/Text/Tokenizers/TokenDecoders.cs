using System.Globalization;
using System.Text;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A step from tokens back to text. The texts that the last step leaves are joined.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Apply(List<string> tokens);

    /// <summary>What becomes of one token that stands between others; null when that depends on which others.</summary>
    public virtual Spelling? Spell(Spelling token) => null;
}

/// <summary>What one token writes, on its way through the steps of a decoder.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Bytes">Its bytes, which need not be whole characters; null while it is text.</param>
/// <param name="IsJoined">Whether it is part of one text with its neighbours, so that steps which look at ends do not see it.</param>
internal readonly record struct Spelling(string Text, byte[]? Bytes = null, bool IsJoined = false)
{
    public byte[] ToBytes() => Bytes ?? System.Text.Encoding.UTF8.GetBytes(Text);
}

/// <summary>Steps one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<TokenDecoder> steps) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        foreach (var step in steps)
        {
            tokens = step.Apply(tokens);
        }

        return tokens;
    }

    public override Spelling? Spell(Spelling token)
    {
        Spelling? spelled = token;
        foreach (var step in steps)
        {
            spelled = spelled is { } one ? step.Spell(one) : null;
        }

        return spelled;
    }
}

/// <summary>Rewrites each token for itself, knowing its place.</summary>
/// <param name="rewrite">Of a token, its place and the number of tokens.</param>
/// <param name="changesEnds">Whether it changes the beginning and the end of a token alone.</param>
internal sealed class TokenRewriter(Func<string, int, int, string> rewrite, bool changesEnds = false) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => [.. tokens.Select((token, index) => rewrite(token, index, tokens.Count))];

    public override Spelling? Spell(Spelling token) =>
        token.IsJoined ? changesEnds ? token : null
        : token.Bytes is null ? token with { Text = rewrite(token.Text, 1, 3) } : null;
}

/// <summary>From the alphabet of bytes to text.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        List<byte> bytes = new(tokens.Count * 4);
        foreach (var token in tokens)
        {
            var from = bytes.Count;
            foreach (var unit in token)
            {
                if (ByteLevel.ByteOf(unit) is >= 0 and var value)
                {
                    bytes.Add((byte)value);
                    continue;
                }
                // A token with any other character, such as an added one, is text.
                bytes.RemoveRange(from, bytes.Count - from);
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                break;
            }
        }
        return [System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes))];
    }

    public override Spelling? Spell(Spelling token)
    {
        if (token.Bytes is not null || token.IsJoined)
        {
            return null;
        }

        var values = token.Text.Select(ByteLevel.ByteOf).ToArray();
        return token with { Bytes = Array.IndexOf(values, -1) >= 0 ? System.Text.Encoding.UTF8.GetBytes(token.Text) : [.. values.Select(value => (byte)value)], IsJoined = true };
    }
}

/// <summary>Tokens such as <c>&lt;0x0A&gt;</c> become characters; bytes that make none become U+FFFD each.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public override List<string> Apply(List<string> tokens)
    {
        List<string> texts = new(tokens.Count);
        List<byte> pending = [];
        foreach (var token in tokens)
        {
            if (IsByte(token, out var value))
            {
                pending.Add(value);
                continue;
            }
            Flush(pending, texts);
            texts.Add(token);
        }
        Flush(pending, texts);
        return texts;
    }

    public override Spelling? Spell(Spelling token) =>
        token.Bytes is not null || token.IsJoined ? null : IsByte(token.Text, out var value) ? token with { Bytes = [value] } : token;

    private static bool IsByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> pending, List<string> texts)
    {
        if (pending.Count == 0)
        {
            return;
        }

        byte[] bytes = [.. pending];
        texts.Add(System.Text.Unicode.Utf8.IsValid(bytes) ? Strict.GetString(bytes) : new('\uFFFD', bytes.Length));
        pending.Clear();
    }
}

/// <summary>
/// What connectionist temporal classification hears (Graves et al. 2006): of equal neighbours one stays, the blank goes, and a delimiter stands between words.
/// </summary>
internal sealed class CtcDecoder(string blank, string delimiter, bool cleansUp) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        List<string> texts = [];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            var text = blank.Length == 0 ? tokens[i] : tokens[i].Replace(blank, "", StringComparison.Ordinal);
            if (cleansUp)
            {
                text = delimiter.Length == 0 ? TokenDecoders.CleanUp(text) : TokenDecoders.CleanUp(text).Replace(delimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
            {
                texts.Add(text);
            }
        }
        return texts;
    }
}

/// <summary>Joins everything into one text.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => [string.Concat(tokens)];

    public override Spelling? Spell(Spelling token) => token with { IsJoined = true };
}

/// <summary>The decoders that treat token by token.</summary>
internal static class TokenDecoders
{
    private const int LongestText = 256 << 20;

    private static readonly (string Found, string Instead)[] English =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Spaces between words, none before the pieces of a word.</summary>
    public static TokenDecoder WordPiece(string prefix, bool cleansUp) => new TokenRewriter((token, index, _) =>
    {
        if (index > 0)
        {
            token = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        }

        return cleansUp ? CleanUp(token) : token;
    });

    /// <summary>The visible sign becomes a space again; the one that was put before the text goes.</summary>
    public static TokenDecoder Metaspace(char replacement, PrependScheme scheme) => new TokenRewriter((token, index, _) =>
        index == 0 && scheme != PrependScheme.Never
            ? token.Replace(replacement.ToString(), "", StringComparison.Ordinal)
            : token.Replace(replacement, ' '));

    /// <summary>The mark of a word's end becomes a space.</summary>
    public static TokenDecoder Suffix(string suffix) => new TokenRewriter((token, index, count) =>
        suffix.Length == 0 ? token : token.Replace(suffix, index == count - 1 ? "" : " ", StringComparison.Ordinal));

    /// <summary>Takes up to so many of a character from the ends.</summary>
    public static TokenDecoder Strip(char content, int start, int stop) => new TokenRewriter((token, _, _) =>
    {
        var (from, to) = (0, token.Length);
        while (from < start && from < to && token[from] == content)
        {
            from++;
        }

        while (token.Length - to < stop && to > from && token[to - 1] == content)
        {
            to--;
        }

        return token[from..to];
    }, changesEnds: true);

    /// <summary>Puts one text in the place of all matches.</summary>
    public static TokenDecoder Replace(TextPattern pattern, string content) => new TokenRewriter((token, _, _) =>
    {
        StringBuilder text = new();
        var from = 0;
        foreach (var (start, end) in pattern.Matches(token, 0, token.Length))
        {
            text.Append(token, from, start - from).Append(content);
            from = end;
            if (text.Length > LongestText)
            {
                throw new PlinthException($"The tokenizer's decoder makes more than {LongestText} characters of its tokens. Mend its replacements, or use another tokenizer.");
            }
        }
        return from == 0 && text.Length == 0 ? token : text.Append(token, from, token.Length - from).ToString();
    });

    public static string CleanUp(string token)
    {
        foreach (var (found, instead) in English)
        {
            token = token.Replace(found, instead, StringComparison.Ordinal);
        }

        return token;
    }
}
