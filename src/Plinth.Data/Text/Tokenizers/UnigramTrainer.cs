using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Learns a unigram tokenizer (Kudo 2018, arXiv:1804.10959): from all frequent pieces of words those are kept without which the text would
/// become least probable. Words are prepared as SentencePiece does (Kudo and Richardson 2018, arXiv:1808.06226). The same documents give the same tokenizer.
/// </summary>
/// <remarks>
/// With <see cref="TokenizerTrainingOptions.FallsBackToBytes" /> text is not normalised and spaces stay what they are, so that every text comes back as it
/// was: a character that the vocabulary lacks is written in its bytes.
/// </remarks>
public static class UnigramTrainer
{
    // The part of the pieces that stays in a round, and how many more than are wanted remain until the most probable are taken; SentencePiece's numbers.
    private const double KeptPerRound = 0.75, Surplus = 1.1;

    private const int RoundsOfExpectation = 2;

    // A piece that is not to be found in text by itself scores below any way to spell it.
    private const double NeverFound = 8;

    // In the vocabulary wherever bytes are, so that the name of a byte that stands in a text is never taken for the byte.
    private static readonly string[] ByteNameCharacters = [.. "<0x123456789ABCDEF>".Distinct().Select(c => c.ToString())];

    /// <summary>The control tokens where none are named: those of encoders and of decoders, so that either can be trained.</summary>
    public static IReadOnlyList<string> UsualTokens { get; } = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <summary>Learns from documents.</summary>
    /// <param name="documents">Texts, read once.</param>
    /// <param name="options">Sizes and special tokens; null for the defaults. The special tokens must hold &lt;s&gt;, &lt;/s&gt; and &lt;unk&gt;.</param>
    /// <param name="progress">Is told the part that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="RecipeException">The options are impossible.</exception>
    public static PipelineTokenizer Train(
        IEnumerable<string> documents, TokenizerTrainingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        options ??= new();
        var control = options.SpecialTokens ?? UsualTokens;
        List<string> special = [.. control, .. options.FallsBackToBytes ? ByteLevel.Pieces : []];
        string[] spelled = options.FallsBackToBytes ? ByteNameCharacters : [];
        options.Check(special.Count + spelled.Length + 1);
        if (((string[])["<s>", "</s>", "<unk>"]).FirstOrDefault(token => !special.Contains(token)) is { } missing)
        {
            throw new RecipeException($"A unigram tokenizer needs the special token {missing}.");
        }

        var normalizer = options.FallsBackToBytes ? null : TextNormalizer();
        var preTokenizer = options.FallsBackToBytes ? ExactCut() : Metaspace();
        var words = new WordCounts();
        words.AddAll(
            documents, control, normalizer is null ? null : NormalizerReader.Read(Part(normalizer)), PreTokenizerReader.Read(Part(preTokenizer)).Step, cancellation);
        var room = options.VocabularySize - special.Count;
        var corpus = new WeightedWords(words.Sorted);
        HashSet<string> characters = [.. spelled, .. CharacterCounts.MostFrequent(corpus.Words, Math.Min(options.AlphabetLimit, room - spelled.Length))];
        characters.ExceptWith(special);
        var pieces = PieceCandidates.Find(corpus, characters, cancellation);
        pieces = Learn(corpus, pieces, room, progress, cancellation);
        var entries = Final([.. pieces.Where(piece => !special.Contains(piece.Text))], characters, room);
        progress?.Report(1);
        return Make(special, control.Count, entries, options.FallsBackToBytes, normalizer, preTokenizer);
    }

    private static List<ScoredPiece> Learn(WeightedWords corpus, List<ScoredPiece> pieces, int room, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (wanted, candidates) = ((int)(room * Surplus), pieces.Count);
        while (true)
        {
            for (var round = 0; round < RoundsOfExpectation; round++)
            {
                var lattice = new UnigramLattice(pieces);
                pieces = PieceExpectation.Maximize(pieces, PieceExpectation.Counts(lattice, corpus, cancellation));
            }

            if (pieces.Count <= wanted)
            {
                return pieces;
            }

            progress?.Report(0.95 * (candidates - pieces.Count) / Math.Max(1, candidates - wanted));
            pieces = PiecePruning.Prune(pieces, corpus, Math.Max(wanted, (int)(KeptPerRound * pieces.Count)), cancellation);
        }
    }

    // All characters, and the most probable of the others. A character that got lost on the way is as rare as the rarest piece.
    private static List<ScoredPiece> Final(List<ScoredPiece> pieces, HashSet<string> characters, int room)
    {
        var least = pieces.Count == 0 ? -1 : pieces.Min(piece => piece.Score);
        var scores = pieces.ToDictionary(piece => piece.Text, piece => piece.Score, StringComparer.Ordinal);
        var alphabet = characters.Select(character => new ScoredPiece(character, scores.GetValueOrDefault(character, least))).ToList();
        var others = pieces.Where(piece => !characters.Contains(piece.Text)).OrderByDescending(piece => piece.Score).ThenBy(piece => piece.Text, StringComparer.Ordinal);
        return [.. alphabet.Concat(others.Take(Math.Max(0, room - alphabet.Count))).OrderByDescending(piece => piece.Score).ThenBy(piece => piece.Text, StringComparer.Ordinal)];
    }

    private static PipelineTokenizer Make(List<string> special, int controlCount, List<ScoredPiece> entries, bool fallsBackToBytes, JsonNode? normalizer, JsonNode preTokenizer)
    {
        var never = NeverFound * entries.Select(piece => piece.Score).Append(-1).Min();
        var json = TokenizerJson.Write(
            special.Take(controlCount).Select((token, id) => (id, token)), normalizer, preTokenizer,
            TokenizerJson.RobertaTemplate("<s>", special.IndexOf("<s>"), "</s>", special.IndexOf("</s>")),
            fallsBackToBytes ? TokenizerJson.ByteFallbackDecoder() : Metaspace(),
            writer => TokenizerJson.WriteUnigram(
                writer, special.Select(token => (token, never)).Concat(entries.Select(piece => (piece.Text, piece.Score))), special.IndexOf("<unk>"), fallsBackToBytes));
        return TokenizerReader.Read(json, new(), null, "The trained tokenizer");
    }

    // What is SentencePiece's nmt_nfkc: control codes away, all white space a space, compatibility forms written plainly, no spaces in a row.
    private static JsonObject TextNormalizer() => new()
    {
        ["type"] = "Sequence",
        ["normalizers"] = new JsonArray(
            new JsonObject { ["type"] = "Nmt" },
            new JsonObject { ["type"] = "NFKC" },
            new JsonObject { ["type"] = "Strip", ["strip_left"] = true, ["strip_right"] = true },
            new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = " {2,}" }, ["content"] = " " }),
    };

    private static JsonObject Metaspace() => new() { ["type"] = "Metaspace", ["replacement"] = "\u2581", ["prepend_scheme"] = "always", ["split"] = true };

    // White space begins the word that follows it, and stays what it is.
    private static JsonObject ExactCut() => new()
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = @"\s" }, ["behavior"] = "MergedWithNext", ["invert"] = false,
    };

    private static JsonPart Part(JsonNode node) => new(JsonSerializer.SerializeToElement(node), "The trained tokenizer");
}
