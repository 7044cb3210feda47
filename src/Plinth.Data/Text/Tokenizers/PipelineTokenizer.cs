using System.Collections.Frozen;

namespace Plinth.Data.Text;

/// <summary>
/// A tokenizer made of steps, as <c>tokenizer.json</c> describes them: added tokens, a normaliser, a pre-tokenizer, a model,
/// a template, a decoder. <see cref="TokenizerFiles" /> reads it, the trainers make it.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers is the peer that the tests compare with rather than a part: it reads no <c>tokenizer.json</c>, does not
/// follow offsets through normalisation, and has no trainers; each of the three is needed here.
/// </remarks>
public sealed class PipelineTokenizer : Tokenizer
{
    private readonly TokenizerParts parts;
    private readonly WordEncoder words;
    private readonly FrozenSet<int> specialIds;

    internal PipelineTokenizer(TokenizerParts parts)
    {
        this.parts = parts;
        words = new(parts.Model, parts.MapsBytes);
        specialIds = parts.Added.All.Where(token => token.IsSpecial).Select(token => token.Id).Concat(parts.ControlIds).ToFrozenSet();
        VocabularySize = Math.Max(parts.Model.Vocabulary.Size, parts.Added.Size);
        var roles = parts.Roles.Resolve(IdOf, parts.Added.IdOf);
        (PadId, MaskId, ClassId, SeparatorId) = (roles.Pad, roles.Mask, roles.Class, roles.Separator);
        (BeginId, EndId, UnknownId) = (roles.Begin, roles.End, roles.Unknown ?? parts.Model.UnknownId);
    }

    /// <inheritdoc />
    public override int VocabularySize { get; }

    /// <inheritdoc />
    public override int? PadId { get; }

    /// <inheritdoc />
    public override int? MaskId { get; }

    /// <inheritdoc />
    public override int? ClassId { get; }

    /// <inheritdoc />
    public override int? SeparatorId { get; }

    /// <inheritdoc />
    public override int? BeginId { get; }

    /// <inheritdoc />
    public override int? EndId { get; }

    /// <inheritdoc />
    public override int? UnknownId { get; }

    /// <inheritdoc />
    public override IReadOnlySet<int> SpecialIds => specialIds;

    /// <summary>The whole <c>tokenizer_config.json</c> the tokenizer came with, for example for its chat template, or null.</summary>
    public string? ConfigText => parts.ConfigText;

    /// <summary>How the file wants texts cut, or null. How long a text may be is a matter of whoever encodes: only <see cref="EncodeWithin" /> cuts.</summary>
    public TruncationRule? Truncation => parts.Truncation;

    /// <summary>How the file wants batches filled up, or null; see <see cref="PaddingRule.Pad" />.</summary>
    public PaddingRule? Padding => parts.Padding;

    /// <inheritdoc />
    public override Encoding Encode(string text, string? pair = null, bool addSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Compose(pair is null ? [EncodeText(text)] : [EncodeText(text), EncodeText(pair)], addSpecial);
    }

    /// <summary>Encodes a text, or a pair, and cuts it to a length.</summary>
    /// <param name="rule">How it is cut.</param>
    /// <param name="text">The text; lone surrogates become U+FFFD.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="addSpecial">Whether the template adds its special tokens.</param>
    /// <exception cref="Core.PlinthException">It cannot be cut so.</exception>
    public Encoding EncodeWithin(TruncationRule rule, string text, string? pair = null, bool addSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(text);
        EncodedText[] encoded = pair is null ? [EncodeText(text)] : [EncodeText(text), EncodeText(pair)];
        var (first, second) = rule.Keep(encoded[0].Ids.Count, pair is null ? 0 : encoded[1].Ids.Count, addSpecial ? SpecialCount(pair is not null) : 0);
        encoded[0].Cut(first, rule.CutsLeft);
        if (pair is not null)
        {
            encoded[1].Cut(second, rule.CutsLeft);
        }

        return Compose(encoded, addSpecial);
    }

    /// <inheritdoc />
    public override IReadOnlyList<int> EncodeIds(string text, bool addSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var encoded = new EncodedText();
        Walk(CodePoints.WithoutLoneSurrogates(text), isTracked: false, encoded);
        return addSpecial ? AddSpecial(encoded.Ids).Ids : encoded.Ids;
    }

    /// <inheritdoc />
    public override (IReadOnlyList<int> Ids, IReadOnlyList<int> TypeIds) AddSpecial(IReadOnlyList<int> first, IReadOnlyList<int>? second = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        List<int> ids = [], types = [];
        foreach (var part in TemplateFor(second is not null))
        {
            if (part.Text < 0)
            {
                ids.Add(part.Id);
            }
            else
            {
                ids.AddRange(part.Text == 0 ? first : second!);
            }

            types.AddRange(Enumerable.Repeat(part.TypeId, ids.Count - types.Count));
        }
        return (ids, types);
    }

    /// <inheritdoc />
    public override int SpecialCount(bool isPair) => TemplateFor(isPair).Count(part => part.Text < 0);

    /// <inheritdoc />
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        List<string> tokens = new(ids.Count);
        foreach (var id in ids)
        {
            if (TokenOf(id) is { } token && !(skipSpecial && specialIds.Contains(id)))
            {
                tokens.Add(token);
            }
        }
        return parts.Decoder is null ? string.Join(' ', tokens) : string.Concat(parts.Decoder.Apply(tokens));
    }

    /// <inheritdoc />
    public override string? TokenOf(int id) => parts.Added.TokenOf(id) ?? parts.Model.Vocabulary.TokenOf(id);

    /// <inheritdoc />
    public override byte[]? BytesOf(int id) =>
        id == UnknownId || specialIds.Contains(id) || parts.Decoder is null || TokenOf(id) is not { } token ? null : parts.Decoder.Spell(new(token))?.ToBytes();

    /// <inheritdoc />
    public override int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return parts.Added.IdOf(token) ?? parts.Model.Vocabulary.IdOf(token);
    }

    /// <inheritdoc />
    public override void Save(string folder) => TokenizerFiles.Write(folder, parts.File, parts.ConfigText ?? parts.Roles.ToConfig(parts.File.Name == TokenizerFiles.JsonName ? "PreTrainedTokenizerFast" : null));

    private Encoding Compose(EncodedText[] encoded, bool addSpecial)
    {
        List<int> ids = [], types = [];
        List<TokenSpan> spans = [];
        List<bool> special = [], starts = [];
        foreach (var part in TemplateFor(encoded.Length > 1))
        {
            if (part.Text >= 0)
            {
                var inner = encoded[part.Text];
                ids.AddRange(inner.Ids);
                spans.AddRange(inner.Spans);
                starts.AddRange(inner.StartsWord);
                special.AddRange(Enumerable.Repeat(false, inner.Ids.Count));
                types.AddRange(Enumerable.Repeat(part.TypeId, inner.Ids.Count));
            }
            else if (addSpecial)
            {
                ids.Add(part.Id);
                spans.Add(new(0, 0));
                starts.Add(false);
                special.Add(true);
                types.Add(part.TypeId);
            }
        }
        return new() { Ids = ids, TypeIds = types, Spans = spans, IsSpecial = special, StartsWord = starts };
    }

    private IReadOnlyList<TemplatePart> TemplateFor(bool isPair) => isPair ? parts.PostProcessor.Template.Pair : parts.PostProcessor.Template.Single;

    private EncodedText EncodeText(string text)
    {
        var encoded = new EncodedText();
        Walk(CodePoints.WithoutLoneSurrogates(text), isTracked: true, encoded);
        foreach (var trimmer in parts.PostProcessor.Trimmers)
        {
            trimmer.Trim(encoded, TokenOf);
        }

        return encoded;
    }

    /// <summary>Added tokens first, then each text between them for itself.</summary>
    private void Walk(string text, bool isTracked, EncodedText encoded)
    {
        foreach (var (id, start, end) in parts.Added.Split(text, isNormalized: false))
        {
            if (id >= 0)
            {
                Add(encoded, id, new(start, end));
                continue;
            }
            var piece = new AlignedText(start == 0 && end == text.Length ? text : text[start..end], start, isTracked);
            WalkNormalized(parts.Normalizer?.Apply(piece) ?? piece, encoded);
        }
    }

    private void WalkNormalized(AlignedText piece, EncodedText encoded)
    {
        if (!parts.Added.HasNormalized)
        {
            WalkWords(new(piece), encoded);
            return;
        }
        foreach (var (id, start, end) in parts.Added.Split(piece.Text, isNormalized: true))
        {
            if (id >= 0)
            {
                Add(encoded, id, piece.IsTracked ? piece.SpanOf(start, end) : default);
            }
            else
            {
                WalkWords(new(start == 0 && end == piece.Text.Length ? piece : piece.Slice(start, end)), encoded);
            }
        }
    }

    private void WalkWords(Pieces pieces, EncodedText encoded)
    {
        parts.PreTokenizer?.Apply(pieces);
        var text = pieces.Text;
        foreach (var (start, end) in pieces.Ranges)
        {
            var isFirst = true;
            for (int from = start, to; from < end; from = to)
            {
                to = from + words.NextCut(text.Text.AsSpan(from, end - from), 0);
                foreach (var token in words.Encode(text.Text.AsSpan(from, to - from), encoded.Scratch))
                {
                    encoded.Ids.Add(token.Id);
                    if (!text.IsTracked)
                    {
                        continue;
                    }

                    encoded.Spans.Add(text.SpanOf(from + token.Start, from + token.End));
                    encoded.StartsWord.Add(isFirst);
                    isFirst = false;
                }
            }
        }
    }

    private static void Add(EncodedText encoded, int id, TokenSpan span)
    {
        encoded.Ids.Add(id);
        encoded.Spans.Add(span);
        encoded.StartsWord.Add(true);
    }
}
