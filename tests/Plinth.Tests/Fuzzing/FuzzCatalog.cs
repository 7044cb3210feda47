using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Data.Vision;
using Plinth.Export.Gguf;
using Plinth.Models;
using Plinth.Tests.Core;
using Plinth.Tests.Data.Text.Corpora;
using Plinth.Tests.Data.Vision;

namespace Plinth.Tests.Fuzzing;

/// <summary>Every format that is read. A new one is one line here; its name must be new.</summary>
internal static class FuzzCatalog
{
    private static readonly ImageSetOptions smallPictures = new() { MaxHeldBytes = 8 << 20, Decoding = new() { Limits = new() { MaxPixels = 1 << 20 } } };

    private static readonly IReadOnlyDictionary<string, byte[]> picture = new Dictionary<string, byte[]> { ["a.png"] = ImageFixtures.Bytes("rgb.png") };

    public static IReadOnlyDictionary<string, FuzzFormat> Formats { get; } = new FuzzFormat[]
    {
        // Corpora.
        new("lines.txt", () => SoundFiles.Text, Corpus),
        new("rows.jsonl", () => SoundFiles.JsonLines, Corpus),
        new("rows.csv", () => SoundFiles.Table(','), Corpus),
        new("rows.tsv", () => SoundFiles.Table('\t'), Corpus),
        new("rows.parquet", SoundFiles.Parquet, Corpus),
        new("rows.csv.gz", () => Packed.Gzip(SoundFiles.Table(',')), Corpus),
        new("rows.jsonl.zst", () => Packed.Zstandard(SoundFiles.JsonLines), Corpus),
        new("files.zip", () => Packed.Zip(SoundFiles.Members), Corpus),
        new("files.tar", () => Packed.Tar(SoundFiles.Members), Corpus),
        new("files.tar.gz", () => Packed.Gzip(Packed.Tar(SoundFiles.Members)), Corpus),
        new("page.html", () => SoundFiles.Page, Corpus) { TakesAnything = true },
        new("crawl.warc", () => SoundFiles.Crawl, Corpus),
        new("crawl.warc.gz", () => Packed.Gzip(SoundFiles.Crawl), Corpus),
        new("texts.wet", () => SoundFiles.CrawledTexts, Corpus),
        new("documentation.xml", () => SoundFiles.Documentation, Corpus),
        new("program.cs", () => SoundFiles.Program, path => _ = CorpusFiles.Open(path, new() { CodeExtensions = SourceCode.CommonExtensions }).Count()),

        // Rows and samples.
        new("all-columns.parquet", SoundFiles.Parquet, Rows),
        new("samples.jsonl", () => SoundFiles.JsonLines, Rows),
        new("words.conll", () => SoundFiles.Conll, Samples),
        new("questions.json", () => SoundFiles.Squad, Samples),
        new("chat.jsonl", () => SoundFiles.Chat, path => _ = ChatFiles.Read(path).Count()),

        // Pictures.
        new("rgb.png", () => ImageFixtures.Bytes("rgb.png"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("interlaced.png", () => ImageFixtures.Bytes("interlaced.png"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("exif3.jpg", () => ImageFixtures.Bytes("exif3.jpg"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("progressive.jpg", () => ImageFixtures.Bytes("progressive.jpg"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("lossy.webp", () => ImageFixtures.Bytes("lossy.webp"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("lossless.webp", () => ImageFixtures.Bytes("lossless.webp"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("palette.bmp", () => ImageFixtures.Bytes("palette.bmp"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("still.gif", () => ImageFixtures.Bytes("still.gif"), Decoded) { IsNamed = true, Refusal = typeof(BadImageException) },
        new("set.zip", SoundFiles.PictureZip, path => Pictures(ImageFolder.Read(path, smallPictures))),
        new("set.npz", SoundFiles.PictureArrays, path => Pictures(NpzImages.Read(path, "train", smallPictures))),
        new("set.idx", () => SoundFiles.Idx, path => Pictures(IdxImages.Read(path, null, smallPictures))),
        new("set.idx.gz", () => Packed.Gzip(SoundFiles.Idx), path => Pictures(IdxImages.Read(path, null, smallPictures))),
        new("set.jsonl", () => SoundFiles.PictureTable, path => Pictures(ImageTable.Read(path, new() { Label = "label", Boxes = "objects", Questions = "questions" }, options: smallPictures))) { Beside = picture },
        new("coco.json", () => SoundFiles.Coco, path => Pictures(CocoImages.Read(path, null, smallPictures))) { Beside = picture },
        new("preprocessor_config.json", () => SoundFiles.PictureProcessor, path => ImageProcessor.Load(Path.GetDirectoryName(path)!)),

        // Tokenizers and what lies beside them.
        new("tokenizer.json", () => SoundFiles.PairTokenizer, Tokenizer),
        new("unigram.json", () => SoundFiles.UnigramTokenizer, Tokenizer),
        new("wordpiece.json", () => SoundFiles.WordPieceTokenizer, Tokenizer),
        new("vocab.txt", () => SoundFiles.WordPieces, Tokenizer) { TakesAnything = true },
        new("vocab.json", () => SoundFiles.Vocabulary, Tokenizer) { Beside = new Dictionary<string, byte[]> { ["merges.txt"] = SoundFiles.Merges } },
        new("merges.txt", () => SoundFiles.Merges, Tokenizer) { Beside = new Dictionary<string, byte[]> { ["vocab.json"] = SoundFiles.Vocabulary } },
        new("r50k_base.tiktoken", () => SoundFiles.Ranks, Tokenizer),
        new("spiece.model", SoundFiles.SentencePiece, Tokenizer) { Allowance = 64 << 20 },
        new("tokenizer_config.json", () => SoundFiles.TokenizerConfig, path => Rendered(ChatTemplate.Load(path))) { Refusal = typeof(PlinthException) },
        new("chat_template.jinja", () => SoundFiles.Template, path => Rendered(ChatTemplate.Load(path, new() { Steps = 100_000, Characters = 1 << 20 }, null))) { Refusal = typeof(PlinthException) },

        // Checkpoints.
        new("model.safetensors", () => Fixture("gpt2-lm-sharded/model-00002-of-00002.safetensors"), Weights) { IsNamed = true, Refusal = typeof(CheckpointException) },
        new("model.safetensors.index.json", () => Fixture("gpt2-lm-sharded/model.safetensors.index.json"), Weights) { IsNamed = true, Refusal = typeof(CheckpointException), Beside = SoundFiles.Shards() },
        new("pytorch_model.bin", () => Fixture("bert-sequence-classification-ptbin/pytorch_model.bin"), Weights) { IsNamed = true, Refusal = typeof(CheckpointException) },
        new("model.gguf", SoundFiles.Gguf, Gguf) { Refusal = typeof(CheckpointException) },
        new("config.json", () => Fixture("llama-lm/config.json"), path => Checkpoint.ReadConfig(Path.GetDirectoryName(path)!, ModelCatalog.Families)),
    }.ToDictionary(format => format.FileName);

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(Fixtures.Folder(Path.GetDirectoryName(name)!), Path.GetFileName(name)));

    private static void Corpus(string path) => _ = CorpusFiles.Open(path, new() { Unit = TextUnit.Paragraph }).Count();

    private static void Rows(string path)
    {
        using var rows = RowFiles.Open(path);
        _ = rows.Rows().Count();
    }

    private static void Samples(string path) => SampleFiles.Read(path, new());

    private static void Decoded(string path)
    {
        _ = ImageDecoder.Inspect(path);
        _ = ImageDecoder.Load(path, smallPictures.Decoding);
    }

    private static void Pictures(ImageSet set)
    {
        foreach (var sample in set.Samples.Take(3))
        {
            _ = sample.Image.Load();
        }
    }

    private static void Tokenizer(string path)
    {
        var tokenizer = TokenizerFiles.Load(path);
        _ = tokenizer.Decode(tokenizer.Encode("ab Ab\u00e9 \ud83d\ude00 ba", "b").Ids);
    }

    private static void Rendered(ChatTemplate template) => template.Render(new([new("user", "a"), new("assistant", "b")]), addsPrompt: true);

    private static void Weights(string path) => WeightFixtures.ReadAll(() => WeightFiles.OpenFile(path));

    private static void Gguf(string path)
    {
        using var file = GgufFile.Open(path);
        foreach (var name in file.Entries.Keys)
        {
            file.Read(name).Dispose();
        }
    }
}
