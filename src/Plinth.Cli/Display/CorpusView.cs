using System.Globalization;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Recipes.Inspection;
using Plinth.Recipes.Reports;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>
/// Shows the text of a pre-training run: numbers, documents and a batch. What is trained on is green, or stands between ⟦ and ⟧ where there are no
/// colours; of a hidden token both are shown, what the model is given and what it is asked for.
/// </summary>
internal sealed class CorpusView(IAnsiConsole console, Tokenizer tokenizer)
{
    private const int ShownTokens = 60;

    private readonly bool hasColours = TokenText.HasColours(console);
    private readonly TextWriter writer = console.Profile.Out.Writer;

    /// <summary>Numbers of each source, and how sequences are filled.</summary>
    public void Write(IEnumerable<SourceStatistics> sources, PackingStatistics packing)
    {
        TableView.Write(console, new ReportTable(
            "Text to learn from", ["source", "documents", "tokens", "tokens per byte", "unknown", "least", "10 %", "median", "90 %", "99 %", "most"],
            [.. sources.Select(source => (IReadOnlyList<ReportCell>)
            [
                source.Name, Number(source.Documents), Number(source.Tokens), (source.Tokens / (double)Math.Max(1, source.Bytes)).ToString("0.0000", CultureInfo.InvariantCulture), Number(source.Unknown),
                .. source.Lengths.Select(length => (ReportCell)Number(length)),
            ])]));
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{packing.BatchesPerEpoch:N0} batches a pass. In the first {packing.BatchCount:N0}: {packing.Sequences:N0} sequences, {packing.PaddingShare:0.0 %} of their places are padding, {packing.DocumentsPerSequence:0.00} documents a sequence."));
        foreach (var (name, count) in packing.SamplesOf.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {TokenText.Clean(name)}: {count:N0} sequences ({(double)count / packing.Sequences:0.0 %})"));
        }

        writer.WriteLine();
        writer.Flush();
    }

    /// <summary>The beginning of a document, and where it comes from.</summary>
    public void Write(string source, TokenStore store, int document)
    {
        var (start, end) = (store.DocumentStarts[document], store.DocumentStarts[document + 1]);
        writer.WriteLine($"── {Place(source, store, document)}: {Number(end - start)} tokens");
        writer.WriteLine(Text(store, start, Math.Min(end, start + ShownTokens)) + (end - start > ShownTokens ? " ..." : ""));
        writer.WriteLine();
        writer.Flush();
    }

    /// <summary>Where a token comes from, with its neighbours.</summary>
    public void Write(string source, TokenStore store, long token)
    {
        var document = store.DocumentOf(token);
        var (first, last) = (Math.Max(store.DocumentStarts[document], token - ShownTokens / 2), Math.Min(store.DocumentStarts[document + 1], token + ShownTokens / 2));
        writer.WriteLine($"── token {Number(token)} is number {Number(token - store.DocumentStarts[document])} of {Place(source, store, document)}");
        writer.Write(Text(store, first, token));
        WriteToken(TokenText.Of(tokenizer, store[token]), isTarget: true, isSpecial: false, begins: true, ends: true);
        writer.WriteLine(Text(store, token + 1, last));
        writer.Flush();
    }

    /// <summary>A batch, sequence by sequence.</summary>
    public void Write(InspectedBatch batch, long index)
    {
        writer.WriteLine($"── batch {Number(index)}: {Number(batch.Sequences.Count)} sequences, {Number(batch.TargetCount)} places trained on");
        foreach (var sequence in batch.Sequences)
        {
            writer.Write(sequence.Source is { } name ? $"[{TokenText.Clean(name)}] " : "");
            for (var i = 0; i < sequence.Tokens.Count; i++)
            {
                var token = sequence.Tokens[i];
                if (!token.IsPadding)
                {
                    var isRun = IsPlainTarget(token);
                    WriteToken(
                        Text(token), token.Target is not null, token.Id is { } id && tokenizer.SpecialIds.Contains(id),
                        begins: !isRun || i == 0 || !IsPlainTarget(sequence.Tokens[i - 1]), ends: !isRun || i + 1 == sequence.Tokens.Count || !IsPlainTarget(sequence.Tokens[i + 1]));
                }
            }

            var padding = sequence.Tokens.Count(token => token.IsPadding);
            writer.WriteLine(padding > 0 ? $" (and {Number(padding)} of padding)" : "");
        }

        writer.Flush();
    }

    // A target that is given as it is; neighbours of that kind share their signs.
    private static bool IsPlainTarget(InspectedToken token) => token.Target is not null && (token.Id is null || token.Id == token.Target);

    private string Text(InspectedToken token) => token.Id is { } id && token.Target is { } target && id != target
        ? $"{TokenText.Of(tokenizer, id)}→{TokenText.Of(tokenizer, target)}"
        : TokenText.Of(tokenizer, token.Id ?? token.Target!.Value);

    private string Text(TokenStore store, long from, long to)
    {
        var ids = new long[to - from];
        store.Copy(from, ids);
        return string.Concat(ids.Select(id => TokenText.Of(tokenizer, (int)id)));
    }

    private static string Place(string source, TokenStore store, int document)
    {
        var known = store.SourceOf(document);
        return TokenText.Clean(string.Join(", ", new[] { known?.Place, $"document {Number(document)} of {source}", known?.License, known?.Origin }.OfType<string>()));
    }

    private void WriteToken(string text, bool isTarget, bool isSpecial, bool begins, bool ends)
    {
        if (hasColours)
        {
            console.Write(new ControlCode(TokenText.Ansi(text, isTarget, isSpecial)));
        }
        else
        {
            writer.Write($"{(isTarget && begins ? "⟦" : "")}{text}{(isTarget && ends ? "⟧" : "")}");
        }
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
