using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Plinth.Data.Text;
using static System.Text.Encoding;
using Peer = Microsoft.ML.Tokenizers;

namespace Plinth.Bench;

/// <summary>
/// Megabytes of English books a second, ours beside Microsoft.ML.Tokenizers on one thread, paragraph by paragraph. Both remember words, so both are timed
/// cold (a fresh tokenizer's first pass, the code being compiled) and warm (the best of three further passes); ids are compared in the same run.
/// </summary>
internal static class TokenizersBench
{
    private const int Bytes = 8_000_000, WarmPasses = 3;

    public static void Run(BenchReport report)
    {
        var paragraphs = Paragraphs(BenchReport.Shared("data/english_books/books.zip"));
        var size = paragraphs.Sum(text => (long)UTF8.GetByteCount(text));
        report.Add($"{size / 1e6:0.0} MB of english_books in {paragraphs.Count:N0} paragraphs, ids only, one thread. MB/s, ratio ours to peer.");
        report.Add($"");
        report.Add($"| file | ours cold | peer cold | ratio | ours warm | peer warm | ratio | ids |");
        report.Add($"|---|---|---|---|---|---|---|---|");
        string Tokenizer(string path) => BenchReport.Shared($"tokenizers/{path}");

        Compare("gpt2 vocab.json + merges.txt", () => TokenizerFiles.Load(Tokenizer("gpt2")), () =>
        {
            // Not CodeGenTokenizer, which adds CodeGen's tokens of many spaces to these files.
            return Peer.BpeTokenizer.Create(new Peer.BpeOptions(Tokenizer("gpt2/vocab.json"), Tokenizer("gpt2/merges.txt"))
            {
                ByteLevel = true,
                PreTokenizer = new Peer.RegexPreTokenizer(new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.Compiled), null),
            });
        });
        Compare("r50k_base.tiktoken", () => TokenizerFiles.Load(Tokenizer("tiktoken/r50k_base.tiktoken")), () => Tiktoken("text-davinci-001", "r50k_base"));
        Compare("cl100k_base.tiktoken", () => TokenizerFiles.Load(Tokenizer("tiktoken/cl100k_base.tiktoken")), () => Tiktoken("gpt-4", "cl100k_base"));
        Compare("o200k_base.tiktoken", () => TokenizerFiles.Load(Tokenizer("tiktoken/o200k_base.tiktoken")), () => Tiktoken("gpt-4o", "o200k_base"));
        Compare("bert-base-uncased vocab.txt", () => TokenizerFiles.Load(Tokenizer("bert_base_uncased_minilm/vocab.txt")), () => Peer.BertTokenizer.Create(Tokenizer("bert_base_uncased_minilm/vocab.txt"), new Peer.BertOptions { RemoveNonSpacingMarks = true }));
        Compare("sentencepiece test_model.model", () => TokenizerFiles.Load(Tokenizer("sentencepiece/test_model.model")), () =>
        {
            using var model = File.OpenRead(Tokenizer("sentencepiece/test_model.model"));
            return Peer.SentencePieceTokenizer.Create(model, addBeginningOfSentence: false);
        }, unknown: 0);

        report.Add($"");
        report.Add($"The peer's BERT drops symbols and fractions such as £ and ½, and strips no accents under invariant globalization: every paragraph that differs holds one of these.");

        Peer.Tokenizer Tiktoken(string model, string file)
        {
            using var ranks = File.OpenRead(Tokenizer($"tiktoken/{file}.tiktoken"));
            return Peer.TiktokenTokenizer.CreateForModel(model, ranks);
        }

        void Compare(string name, Func<Plinth.Data.Text.Tokenizer> makeOurs, Func<Peer.Tokenizer> makePeer, int? unknown = null)
        {
            var (ours, peer) = (makeOurs(), makePeer());
            // The just-in-time compiler's time is nobody's speed: tokenizers of the same kind have run before.
            var (otherOurs, otherPeer) = (makeOurs(), makePeer());
            for (var i = 0; i < 2; i++)
            {
                Pass(paragraphs, text => otherOurs.EncodeIds(text).Count);
                Pass(paragraphs, text => otherPeer.EncodeToIds(text).Count);
            }
            var (oursCold, peerCold) = (Pass(paragraphs, Ours), Pass(paragraphs, PeerIds));
            var (oursWarm, peerWarm) = (0.0, 0.0);
            for (var i = 0; i < WarmPasses; i++)
            {
                oursWarm = Math.Max(oursWarm, Pass(paragraphs, Ours));
                peerWarm = Math.Max(peerWarm, Pass(paragraphs, PeerIds));
            }
            var different = paragraphs.Count(text => !ours.EncodeIds(text).SequenceEqual(Fused(peer.EncodeToIds(text), unknown)));
            report.Add($"| {name} | {oursCold:0.0} | {peerCold:0.0} | {oursCold / peerCold:0.00} | {oursWarm:0.0} | {peerWarm:0.0} | {oursWarm / peerWarm:0.00} | {(different == 0 ? "equal" : $"{different} paragraphs differ")} |");

            int Ours(string text) => ours.EncodeIds(text).Count;
            int PeerIds(string text) => peer.EncodeToIds(text).Count;
        }
    }

    /// <summary>The peer gives an unknown token for each character, SentencePiece one for a run of them.</summary>
    private static IEnumerable<int> Fused(IReadOnlyList<int> ids, int? unknown) => ids.Where((id, i) => id != unknown || i == 0 || ids[i - 1] != unknown);

    private static double Pass(List<string> texts, Func<string, int> encode)
    {
        GC.Collect();
        var watch = Stopwatch.StartNew();
        long tokens = 0;
        foreach (var text in texts)
        {
            tokens += encode(text);
        }

        var seconds = watch.Elapsed.TotalSeconds;
        return tokens > 0 ? texts.Sum(text => (long)UTF8.GetByteCount(text)) / 1e6 / seconds : 0;
    }

    private static List<string> Paragraphs(string path)
    {
        List<string> paragraphs = [];
        using var archive = ZipFile.OpenRead(path);
        long size = 0;
        foreach (var entry in archive.Entries.Where(entry => entry.Name.EndsWith(".txt", StringComparison.Ordinal)).OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            using var reader = new StreamReader(entry.Open());
            while (size < Bytes && reader.ReadLine() is { } line)
            {
                if (line.Length == 0)
                {
                    continue;
                }

                paragraphs.Add(line);
                size += UTF8.GetByteCount(line);
            }
        }
        return paragraphs;
    }
}
