using System.Buffers;
using System.Buffers.Text;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads tiktoken's files: a token's bytes in base64 and its rank a line. Pattern and special tokens follow from the name of the encoding.</summary>
internal static class TiktokenFile
{
    private const string Ending = ".tiktoken";

    public static PipelineTokenizer Read(byte[] bytes, string path)
    {
        var name = Path.GetFileName(path);
        name = name.EndsWith(Ending, StringComparison.Ordinal) ? name[..^Ending.Length] : name;
        var encoding = TiktokenEncodings.Find(name, path);
        var (vocabulary, size) = ReadRanks(bytes, path);
        var special = encoding.SpecialTokens(size).Select(token => new AddedToken(token.Id, token.Content) { IsSpecial = true }).ToList();
        foreach (var token in special.Where(token => vocabulary.TokenOf(token.Id) is not null))
        {
            throw new BadInputException($"{path}: the id {token.Id} is that of {token.Content} in the encoding {name}, but the file gives it to another token.");
        }

        var model = new BpeModel(vocabulary, BpeMerges.FromRanks(vocabulary, id => id), new() { TakesWholeWords = true });
        if (!model.KnowsBytes)
        {
            throw new BadInputException($"{path} does not hold a token for each byte.");
        }

        return new(new()
        {
            Added = new(special, null, path),
            PreTokenizer = new WordCutter(encoding.Cut),
            MapsBytes = true,
            Model = model,
            PostProcessor = new(Template.None, []),
            Decoder = new ByteLevelDecoder(),
            Roles = new() { Stated = new Dictionary<string, string?> { ["bos_token"] = TiktokenEncodings.EndOfText, ["eos_token"] = TiktokenEncodings.EndOfText } },
            File = new(Path.GetFileName(path), bytes),
        });
    }

    private static (Vocabulary Vocabulary, int Size) ReadRanks(ReadOnlySpan<byte> rest, string where)
    {
        var vocabulary = new Vocabulary();
        var token = new byte[Vocabulary.LongestToken];
        var characters = new char[Vocabulary.LongestToken];
        var size = 0;
        for (var line = 1; !rest.IsEmpty; line++)
        {
            var end = rest.IndexOf((byte)'\n');
            var text = (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (text.IsEmpty)
            {
                continue;
            }

            var space = text.IndexOf((byte)' ');
            var length = 0;
            var isEmpty = text.StartsWith("= "u8); // Whisper's file gives a rank to the empty text, which no text holds
            if (space <= 0 || !isEmpty && (Base64.DecodeFromUtf8(text[..space], token, out _, out length) != OperationStatus.Done || length == 0)
                || !Utf8Parser.TryParse(text[(space + 1)..], out int rank, out var used) || used != text.Length - space - 1)
            {
                throw new BadInputException($"{where}, line {line}: a token in base64, a space and its rank are expected.");
            }

            for (var i = 0; i < length; i++)
            {
                characters[i] = ByteLevel.Characters[token[i]];
            }

            if (!isEmpty)
            {
                vocabulary.Add(new(characters, 0, length), rank, where);
            }

            size = isEmpty && rank >= 0 && rank <= vocabulary.Count ? Math.Max(size, rank + 1) : Math.Max(size, vocabulary.Size);
        }
        if (vocabulary.Size > 4L * vocabulary.Count + 100_000)
        {
            throw new BadInputException($"{where}: the largest rank is {vocabulary.Size - 1}, but there are only {vocabulary.Count} tokens.");
        }

        return (vocabulary, size);
    }
}
