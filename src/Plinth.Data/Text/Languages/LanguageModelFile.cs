using System.IO.Compression;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Languages;

/// <summary>The file of a language model: compressed, each language with its runs of letters and their scores in steps of a sixteenth.</summary>
internal static class LanguageModelFile
{
    private const string Mark = "plinth languages 1";
    private const int MostLanguages = 1000, MostRuns = 100_000, MostRunsOfAll = 4_000_000, StepsPerNat = 16;

    /// <summary>The score as the file holds it.</summary>
    public static double Rounded(double score) => -StepsOf(score) / (double)StepsPerNat;

    public static void Save(LanguageModel model, string path) => AtomicFile.Write(path, stream =>
    {
        using var packed = new BrotliStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        using var writer = new BinaryWriter(packed, System.Text.Encoding.UTF8);
        WriteText(writer, Mark);
        writer.Write(model.Profiles.Count);
        foreach (var profile in model.Profiles)
        {
            WriteText(writer, profile.Language);
            writer.Write(profile.Scores.Count);
            // Neighbours in order compress best.
            foreach (var (letters, score) in profile.Scores.Select(entry => (Letters: LetterNgrams.Text(entry.Key), entry.Value)).OrderBy(entry => entry.Letters, StringComparer.Ordinal))
            {
                writer.Write((byte)letters.Length);
                foreach (var letter in letters)
                {
                    writer.Write((ushort)letter);
                }

                writer.Write(StepsOf(score));
            }
        }
    });

    public static LanguageModel Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Read(stream, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The language model {path} cannot be read: {error.Message}", error);
        }
    }

    public static LanguageModel Read(Stream stream, string name)
    {
        try
        {
            using var packed = new BrotliStream(stream, CompressionMode.Decompress, leaveOpen: true);
            using var reader = new BinaryReader(packed, System.Text.Encoding.UTF8);
            return ReadText(reader) == Mark ? new(Profiles(reader, name)) : throw Malformed(name);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or InvalidOperationException)
        {
            throw Malformed(name, error);
        }
    }

    private static List<LanguageProfile> Profiles(BinaryReader reader, string name)
    {
        var count = Checked(reader.ReadInt32(), 1, MostLanguages, name);
        var left = MostRunsOfAll;
        List<LanguageProfile> profiles = [];
        for (var i = 0; i < count; i++)
        {
            var language = ReadText(reader);
            var runs = Checked(reader.ReadInt32(), 1, Math.Min(MostRuns, left), name);
            left -= runs;
            Dictionary<ulong, double> scores = [];
            for (var j = 0; j < runs; j++)
            {
                var run = 0UL;
                for (var length = Checked(reader.ReadByte(), 1, LetterNgrams.MostLetters, name); length > 0; length--)
                {
                    run = (run << 16) | reader.ReadUInt16();
                }

                scores[run] = -reader.ReadByte() / (double)StepsPerNat;
            }

            profiles.Add(new(language, scores));
        }

        return profiles;
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        writer.Write((byte)bytes.Length);
        writer.Write(bytes);
    }

    private static string ReadText(BinaryReader reader) => System.Text.Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadByte()));

    private static byte StepsOf(double score) => (byte)Math.Clamp(Math.Round(-score * StepsPerNat), 0, byte.MaxValue);

    private static int Checked(int value, int least, int most, string name) => value >= least && value <= most ? value : throw Malformed(name);

    private static BadInputException Malformed(string name, Exception? error = null) =>
        new($"{name} is no language model, or is damaged. plinth data languages train writes one.", error!);
}
