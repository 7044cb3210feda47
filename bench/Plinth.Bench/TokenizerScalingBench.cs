using System.IO.Compression;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using static System.Text.Encoding;
using Peer = Microsoft.ML.Tokenizers;

namespace Plinth.Bench;

/// <summary>
/// All English books, 25 MB: training a byte-level BPE of 32,000 entries on them, and encoding them with GPT-2's on one core and on all, ours beside Microsoft.ML.Tokenizers, each with
/// a fresh tokenizer for each pass. Ours ends in the store that training reads from; the peer's ids are counted and dropped.
/// </summary>
internal static class TokenizerScalingBench
{
    private const int Passes = 2, VocabularySize = 32_000;

    public static void Run(BenchReport report)
    {
        var books = Books();
        var bytes = books.Sum(text => (long)UTF8.GetByteCount(text)) / 1e6;
        var paragraphs = books.SelectMany(text => text.Split('\n')).Where(line => line.Length > 0).ToList();
        Tokenizer? trained = null;
        var seconds = Enumerable.Range(0, Passes).Min(_ => BenchReport.Seconds(() => trained = ByteLevelBpeTrainer.Train(books, new() { VocabularySize = VocabularySize })));
        report.Add($"Training a byte-level BPE of {trained!.VocabularySize:N0} entries on {bytes:0.0} MB in {books.Count} books: {seconds:0.0} s on {Environment.ProcessorCount} cores.");
        report.Add($"");
        report.Add($"Encoding with GPT-2's vocabulary, {paragraphs.Count:N0} paragraphs, MB/s:");
        report.Add($"");
        report.Add($"| cores | ours | peer | ratio |");
        report.Add($"|---|---|---|---|");
        foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            var ours = bytes / Enumerable.Range(0, Passes).Min(_ => Ours(paragraphs, threads));
            var peer = bytes / Enumerable.Range(0, Passes).Min(_ => Theirs(paragraphs, threads));
            report.Add($"| {threads} | {ours:0.0} | {peer:0.0} | {ours / peer:0.00} |");
        }
    }

    private static double Ours(List<string> paragraphs, int threads)
    {
        var tokenizer = TokenizerFiles.Load(BenchReport.Shared("tokenizers/gpt2"));
        return BenchReport.Seconds(() => TokenStore.Encode(paragraphs, tokenizer, new() { ThreadCount = threads }));
    }

    private static double Theirs(List<string> paragraphs, int threads)
    {
        using var ranks = File.OpenRead(BenchReport.Shared("tokenizers/tiktoken/r50k_base.tiktoken"));
        var tokenizer = Peer.TiktokenTokenizer.CreateForModel("text-davinci-001", ranks);
        return BenchReport.Seconds(() => paragraphs.AsParallel().WithDegreeOfParallelism(threads).Sum(text => (long)tokenizer.EncodeToIds(text).Count));
    }

    private static List<string> Books()
    {
        using var archive = ZipFile.OpenRead(BenchReport.Shared("data/english_books/books.zip"));
        return [.. archive.Entries.Where(entry => entry.Name.EndsWith(".txt", StringComparison.Ordinal)).OrderBy(entry => entry.FullName, StringComparer.Ordinal).Select(entry =>
        {
            using var reader = new StreamReader(entry.Open());
            return reader.ReadToEnd();
        })];
    }
}
