using Plinth.Data.Text;

namespace Plinth.Tests;

/// <summary>Words at spaces, long words in pieces of four letters (<c>##</c> before all but the first): enough of a tokenizer to test with.</summary>
public sealed class WordTokenizer : Tokenizer
{
    private const int PieceLength = 4;
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[END]"];
    private readonly List<string> tokens = [.. Special];
    private readonly Dictionary<string, int> ids;

    public WordTokenizer(params IEnumerable<string> texts)
    {
        tokens.AddRange(texts.SelectMany(Pieces).Select(piece => piece.Form).Distinct().Order(StringComparer.Ordinal));
        ids = tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);
    }

    /// <summary>Letters and their pairs, so that any lower-case ASCII text has tokens.</summary>
    public static WordTokenizer OfWords(int count) => new(Enumerable.Range(0, count).Select(i => $"w{i}"));

    public override int VocabularySize => tokens.Count;

    public override int? PadId => 0;

    public override int? UnknownId => 1;

    public override int? ClassId => 2;

    public override int? SeparatorId => 3;

    public override int? MaskId => 4;

    public override int? EndId => 5;

    public override IReadOnlySet<int> SpecialIds { get; } = Enumerable.Range(0, Special.Length).ToHashSet();

    public override Encoding Encode(string text, string? pair = null, bool addSpecial = true)
    {
        var first = Pieces(text).ToList();
        var second = pair is null ? null : Pieces(pair).ToList();
        List<(int Id, int Type, TokenSpan Span, bool IsSpecial, bool Starts)> rows = [];
        void Mark(int id, int type) => rows.Add((id, type, default, true, true));
        void Text(List<Piece> pieces, int type) => rows.AddRange(pieces.Select(p => (Id(p.Form), type, p.Span, false, p.Starts)));
        if (addSpecial)
        {
            Mark(2, 0);
        }

        Text(first, 0);
        if (addSpecial)
        {
            Mark(3, 0);
        }

        if (second is not null)
        {
            Text(second, 1);
            if (addSpecial)
            {
                Mark(3, 1);
            }
        }

        return new()
        {
            Ids = [.. rows.Select(r => r.Id)],
            TypeIds = [.. rows.Select(r => r.Type)],
            Spans = [.. rows.Select(r => r.Span)],
            IsSpecial = [.. rows.Select(r => r.IsSpecial)],
            StartsWord = [.. rows.Select(r => r.Starts)],
        };
    }

    public override (IReadOnlyList<int> Ids, IReadOnlyList<int> TypeIds) AddSpecial(IReadOnlyList<int> first, IReadOnlyList<int>? second = null)
    {
        List<int> row = [2, .. first, 3];
        List<int> types = [.. Enumerable.Repeat(0, row.Count)];
        if (second is not null)
        {
            row.AddRange([.. second, 3]);
            types.AddRange(Enumerable.Repeat(1, second.Count + 1));
        }

        return (row, types);
    }

    public override int SpecialCount(bool isPair) => isPair ? 3 : 2;

    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = true) =>
        string.Join(' ', ids.Where(id => !skipSpecial || id >= Special.Length).Select(id => tokens[id])).Replace(" ##", "", StringComparison.Ordinal);

    public override string? TokenOf(int id) => id >= 0 && id < tokens.Count ? tokens[id] : null;

    public override int? IdOf(string token) => ids.TryGetValue(token, out var id) ? id : null;

    public override void Save(string folder) => throw new NotSupportedException();

    private int Id(string form) => ids.TryGetValue(form, out var id) ? id : 1;

    private static IEnumerable<Piece> Pieces(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                i++;
            }

            for (var at = start; at < i; at += PieceLength)
            {
                var end = Math.Min(at + PieceLength, i);
                yield return new((at == start ? "" : "##") + text[at..end], new(at, end), at == start);
            }
        }
    }

    private sealed record Piece(string Form, TokenSpan Span, bool Starts);
}
