using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>What a piece is for; the numbers are the file's.</summary>
internal enum PieceKind { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 }

/// <summary>How a SentencePiece model finds pieces; the numbers are the file's.</summary>
internal enum PieceModelKind { Unigram = 1, Bpe = 2, Word = 3, Character = 4 }

/// <summary>A piece, its logarithm of probability (or its rank, negative, in a BPE model), and what it is for.</summary>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>How a SentencePiece model prepares text.</summary>
internal sealed record SentencePieceRules
{
    public byte[] CharacterMap { get; set; } = [];

    public bool AddsDummySpace { get; set; } = true;

    public bool RemovesExtraSpaces { get; set; } = true;

    public bool EscapesSpaces { get; set; } = true;

    /// <summary>Whether the dummy space is put before the whole text only, not before each piece of it between special tokens.</summary>
    public bool DummySpaceOnlyAtStart { get; set; }

    /// <summary>Whether a word carries its space behind it rather than before.</summary>
    public bool SpaceIsSuffix { get; set; }
}

/// <summary>
/// The content of a SentencePiece <c>.model</c> file (Kudo &amp; Richardson 2018, arXiv:1808.06226). Read here in some hundred lines rather than with
/// generated classes, for a file from anywhere must neither allocate nor run beyond its own size.
/// </summary>
internal sealed class SentencePieceFile
{
    /// <summary>The sign that stands for a space within pieces.</summary>
    public const char Space = '\u2581';

    public List<SentencePiece> Pieces { get; } = [];

    public PieceModelKind Model { get; private set; } = PieceModelKind.Unigram;

    public bool FallsBackToBytes { get; private set; }

    public string UnknownSurface { get; private set; } = " \u2047 ";

    public string BeginPiece { get; private set; } = "<s>";

    public string EndPiece { get; private set; } = "</s>";

    public string PadPiece { get; private set; } = "<pad>";

    public SentencePieceRules Rules { get; } = new();

    /// <summary>What is done to decoded text, or null.</summary>
    public SentencePieceRules? Denormalizer { get; private set; }

    public int UnknownId { get; private set; } = -1;

    /// <exception cref="BadInputException">The file is damaged, or its pieces contradict each other.</exception>
    public static SentencePieceFile Read(ReadOnlySpan<byte> bytes, string where)
    {
        var file = new SentencePieceFile();
        var reader = new ProtobufReader(bytes, where);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: file.Pieces.Add(ReadPiece(reader.Message())); break;
                case 2: file.ReadTrainer(reader.Message()); break;
                case 3: ReadRules(reader.Message(), file.Rules); break;
                case 5: ReadRules(reader.Message(), file.Denormalizer ??= new() { AddsDummySpace = false, RemovesExtraSpaces = false, EscapesSpaces = false }); break;
                default: reader.Skip(); break; // the trainer's own tests, and extensions
            }
        }
        file.Check(where);
        return file;
    }

    private static SentencePiece ReadPiece(ProtobufReader reader)
    {
        var (text, score, kind) = ("", 0f, PieceKind.Normal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: text = reader.Text(); break;
                case 2: score = reader.Single(); break;
                case 3: kind = (PieceKind)reader.Number(); break;
                default: reader.Skip(); break;
            }
        }
        return new(text, score, kind);
    }

    private void ReadTrainer(ProtobufReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3: Model = (PieceModelKind)reader.Number(); break;
                case 24: Rules.SpaceIsSuffix = reader.Flag(); break;
                case 35: FallsBackToBytes = reader.Flag(); break;
                case 44: UnknownSurface = reader.Text(); break;
                case 46: BeginPiece = reader.Text(); break;
                case 47: EndPiece = reader.Text(); break;
                case 48: PadPiece = reader.Text(); break;
                default: reader.Skip(); break; // how it was trained
            }
        }
    }

    private static void ReadRules(ProtobufReader reader, SentencePieceRules rules)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: rules.CharacterMap = reader.Bytes().ToArray(); break;
                case 3: rules.AddsDummySpace = reader.Flag(); break;
                case 4: rules.RemovesExtraSpaces = reader.Flag(); break;
                case 5: rules.EscapesSpaces = reader.Flag(); break;
                default: reader.Skip(); break; // the rules' name, and their source
            }
        }
    }

    private void Check(string where)
    {
        if (!Enum.IsDefined(Model))
        {
            throw new BadInputException($"{where}: the model kind {(int)Model} is not known. Known: unigram (1), BPE (2), word (3), character (4).");
        }

        for (var id = 0; id < Pieces.Count; id++)
        {
            var (text, score, kind) = Pieces[id];
            if (text.Length == 0 || !float.IsFinite(score))
            {
                throw new BadInputException($"{where}: piece {id} has no text, or a score that is no number.");
            }

            if (!Enum.IsDefined(kind))
            {
                throw new BadInputException($"{where}: piece {id}, '{Vocabulary.Shown(text)}', is of the kind {(int)kind}, which is not known.");
            }

            if (kind == PieceKind.Unused && Model == PieceModelKind.Bpe)
            {
                throw new BadInputException($"{where}: piece {id}, '{Vocabulary.Shown(text)}', is unused, which is not supported in a BPE model.");
            }

            if (kind == PieceKind.Byte && (!FallsBackToBytes || Array.IndexOf(ByteLevel.Pieces, text) < 0))
            {
                throw new BadInputException($"{where}: piece {id}, '{Vocabulary.Shown(text)}', is called a byte, but it is none, or the model does not fall back to bytes.");
            }

            if (kind != PieceKind.Unknown)
            {
                continue;
            }

            if (UnknownId >= 0)
            {
                throw new BadInputException($"{where}: the pieces {UnknownId} and {id} both stand for what is unknown.");
            }

            UnknownId = id;
        }
        if (UnknownId < 0)
        {
            throw new BadInputException($"{where} is not a SentencePiece model: it has no piece for what is unknown.");
        }

        if (FallsBackToBytes && Pieces.Where(piece => piece.Kind == PieceKind.Byte).Select(piece => piece.Text).Distinct(StringComparer.Ordinal).Count() != 256)
        {
            throw new BadInputException($"{where}: the model falls back to bytes, but does not hold a piece for each.");
        }
    }
}
