using Plinth.Cli.Commands;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Data.Text.Chat;
using Plinth.Data.Text.Languages;
using Plinth.Data.Text.Preparation;
using Plinth.Data.Vision;
using Plinth.Export;
using Plinth.Export.Gguf;
using Plinth.Inference;
using Plinth.Inference.Constraints;
using Plinth.Inference.Sampling;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.MultiTask;
using Plinth.Recipes.Parity;
using Plinth.Recipes.Quickstart;
using Plinth.Recipes.Records;
using Plinth.Recipes.Reports;
using Plinth.Recipes.Scaling;
using Plinth.Recipes.Sweeps;
using Plinth.Tasks;
using Plinth.Tests.Core;
using Plinth.Tests.Data.Text.Corpora;
using Plinth.Tests.Data.Vision;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Plinth.Training.Snapshots;
using static TorchSharp.torch;

namespace Plinth.Tests.Fuzzing;

/// <summary>Every format that is read. A new one is one line here; its name must be new.</summary>
internal static class FuzzCatalog
{
    private static readonly ImageSetOptions smallPictures = new() { MaxHeldBytes = 8 << 20, Decoding = new() { Limits = new() { MaxPixels = 1 << 20 } } };

    private static readonly IReadOnlyDictionary<string, byte[]> picture = new Dictionary<string, byte[]> { ["a.png"] = ImageFixtures.Bytes("rgb.png") };

    private static readonly Lazy<JsonConstraints> constraints = new(() => new(CharacterTokenizer.Train([string.Concat(Enumerable.Range(' ', '\u007F' - ' ').Select(letter => (char)letter)) + "\n"])));

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
        new("train_images.npy", () => SoundFiles.PictureValues, path => Pictures(NpzImages.Read(Archived(path), "train", smallPictures))),
        new("train_labels.npy", () => SoundFiles.PictureLabels, path => Pictures(NpzImages.Read(Archived(path, ("train_images.npy", SoundFiles.PictureValues)), "train", smallPictures))),
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
        new("generation_config.json", () => Fixture("gpt2-lm/generation_config.json"), path => GenerationConfigFile.Read(Path.GetDirectoryName(path)!, new())),
        new("adapter/adapter_config.json", () => Fixture("lora-gpt2-lm/adapter/adapter_config.json"), Adapter)
        {
            Refusal = typeof(CheckpointException), Beside = new Dictionary<string, byte[]> { ["adapter/adapter_model.safetensors"] = Fixture("lora-gpt2-lm/adapter/adapter_model.safetensors") },
        },
        new("merged/adapter_config.json", () => Fixture("lora-gpt2-lm/adapter/adapter_config.json"), Merged)
        {
            Refusal = typeof(CheckpointException), Beside = new Dictionary<string, byte[]> { ["merged/adapter_model.safetensors"] = Fixture("lora-gpt2-lm/adapter/adapter_model.safetensors") },
        },
        new("adapter/adapter_model.safetensors", () => Fixture("lora-gpt2-lm/adapter/adapter_model.safetensors"), Adapter)
        {
            Refusal = typeof(CheckpointException), Beside = new Dictionary<string, byte[]> { ["adapter/adapter_config.json"] = Fixture("lora-gpt2-lm/adapter/adapter_config.json") },
        },
        new("meta.json", () => Fixture("gpt2-lm/meta.json"), path => _ = new ParityCase(Path.GetDirectoryName(path)!, null).Tolerance) { IsNamed = true, Refusal = typeof(CheckpointException) },
        new("expected.safetensors", () => Fixture("gpt2-lm/expected.safetensors"), Expected) { IsNamed = true, Refusal = typeof(CheckpointException) },
        new("modules.json", () => Fixture("sentence-transformers-mean/modules.json"), Sentences) { Refusal = typeof(CheckpointException), Beside = Sentence("1_Pooling/config.json", "sentence_bert_config.json") },
        new("1_Pooling/config.json", () => Fixture("sentence-transformers-mean/1_Pooling/config.json"), path => Sentences(Path.GetDirectoryName(path)!))
        {
            Refusal = typeof(CheckpointException), Beside = Sentence("modules.json", "sentence_bert_config.json"),
        },
        new("sentence_bert_config.json", () => Fixture("sentence-transformers-mean/sentence_bert_config.json"), Sentences) { Refusal = typeof(CheckpointException), Beside = Sentence("modules.json", "1_Pooling/config.json") },
        new(Calibration.FileName, OwnFiles.Thresholds, path => Calibration.Load(Path.GetDirectoryName(path)!, ["a", "b"])) { Refusal = typeof(CheckpointException) },
        new("export/config.json", () => Fixture("llama-lm/config.json"), Exported) { Refusal = typeof(PlinthException), Beside = new Dictionary<string, byte[]> { ["export/model.safetensors"] = Fixture("llama-lm/model.safetensors") } },
        new("export/tokenizer.json", () => SoundFiles.ByteTokenizer, Exported)
        {
            Refusal = typeof(PlinthException), Beside = new Dictionary<string, byte[]> { ["export/config.json"] = Fixture("llama-lm/config.json"), ["export/model.safetensors"] = Fixture("llama-lm/model.safetensors") },
        },
        new("answer.schema.json", () => Recipe("text/member.schema.json"), path => constraints.Value.Of(File.ReadAllText(path))) { Refusal = typeof(ConstraintException) },
        new("answer.json", () => Recipe("text/member.schema.json"), path => ChatCommand.Schema(path)) { IsNamed = true },

        // Recipes.
        new("pretraining.yaml", () => Recipe("text/smoke-bert.yaml"), path => RecipeReader.Read<PretrainingRecipe>(path, ["training.steps=3"])) { Refusal = typeof(RecipeException) },
        new("finetuning.yaml", () => Recipe("text/smoke-classification.yaml"), path => RecipeReader.Read<FinetuningRecipe>(path)) { Refusal = typeof(RecipeException) },
        new("tasks.yaml", () => SoundFiles.TasksRecipe, path => RecipeReader.Read<MultiTaskRecipe>(path)) { Refusal = typeof(RecipeException) },
        new("prepare.yaml", () => Recipe("text/prepare-english.yaml"), path => RecipeReader.Read<PreparationRecipe>(path)) { Refusal = typeof(RecipeException) },
        new("pictures.yaml", () => Recipe("images/mnist-vit.yaml"), path => RecipeReader.Read<FinetuningRecipe>(path)) { Refusal = typeof(RecipeException) },
        new("child.yaml", () => "extends: parent.yaml\ntraining:\n  steps: 4\n"u8.ToArray(), path => RecipeReader.Read<PretrainingRecipe>(path))
        {
            Refusal = typeof(RecipeException), Beside = new Dictionary<string, byte[]> { ["parent.yaml"] = Recipe("text/smoke-bert.yaml") },
        },
        new("resolved.yaml", () => Recipe("text/smoke-bert.yaml"), path => RecipeReader.Settings(path)) { Refusal = typeof(RecipeException) },

        // What Plinth writes for itself.
        new($"{OwnFiles.Snapshot}/snapshot.json", () => OwnFiles.SnapshotFiles()[$"{OwnFiles.Snapshot}/snapshot.json"], Snapshot) { Refusal = typeof(CheckpointException), Beside = OwnFiles.SnapshotFiles() },
        new($"{OwnFiles.Snapshot}/weights.safetensors", () => OwnFiles.SnapshotFiles()[$"{OwnFiles.Snapshot}/weights.safetensors"], path => WeightFixtures.ReadAll(() => SnapshotFolder.OpenWeights(Path.GetDirectoryName(path)!))) { Refusal = typeof(CheckpointException) },
        new("run.json", OwnFiles.Run, path => Recorded(RunRecord.Load(Path.GetDirectoryName(path)!))) { IsNamed = true },
        new("opening.json", OwnFiles.Opening, path => RunRecorder.OpeningOf(new(Path.GetDirectoryName(path)!))) { IsNamed = true },
        new("prediction.json", OwnFiles.Prediction, path => _ = ScalingPrediction.Load(path).Law) { IsNamed = true },
        new("trial.json", OwnFiles.Trial, path => _ = TrialState.Load(Path.GetDirectoryName(path)!)!.At(1)) { IsNamed = true },
        new("preparation.json", OwnFiles.Preparation, path => PreparationReport.Write(PreparationRecord.Load(path))) { IsNamed = true },
        new("unfinished/part-00000.json", OwnFiles.PreparationPart, PreparedPart) { Beside = OwnFiles.BesidePart },
        new("tokens/seal.json", () => OwnFiles.ShardFiles()["tokens/seal.json"], Shards) { Beside = OwnFiles.ShardFiles(), TakesAnything = true },
        new("log.jsonl", OwnFiles.Log, path => HistoryObserver.Load(path)) { IsNamed = true },
        new("log.csv", OwnFiles.LogTable, path => new CsvObserver(path).Started(new("run", 5, 10, 1))) { IsNamed = true },
        new("run/scores.json", () => """{"loss":2.5,"accuracy":0.5,"none":null}"""u8.ToArray(), path => RunComparison.Load([Path.GetDirectoryName(path)!, Path.GetDirectoryName(path)!]).Results())
        {
            Beside = new Dictionary<string, byte[]> { ["run/log.jsonl"] = OwnFiles.Log() },
        },
        new("cells.jsonl", OwnFiles.Cells, path => _ = new QuickstartCells(path)) { IsNamed = true },
        new("languages.model", OwnFiles.Languages, path => LanguageModel.Load(path)) { IsNamed = true },
        new("evaluation.json", () => SoundFiles.Squad, path => _ = EvaluationTexts.Read(path).Count()),
        new("control", () => "pause\n"u8.ToArray(), path => new ControlFile(Path.GetDirectoryName(path)!).Take()) { TakesAnything = true },
    }.ToDictionary(format => format.FileName);

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(Fixtures.Folder(Path.GetDirectoryName(name)!), Path.GetFileName(name)));

    private static byte[] Recipe(string name) => File.ReadAllBytes(Path.Combine(Fixtures.Root, "recipes", name));

    private static Dictionary<string, byte[]> Sentence(params string[] names) => names.ToDictionary(name => name, name => Fixture($"sentence-transformers-mean/{name}"));

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

    private static void Adapter(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        _ = AdapterFiles.BaseModel(folder);
        _ = AdapterFiles.HasHead(folder);
        AdapterFiles.Load(folder, OwnFiles.Adapted).Dispose();
    }

    private static void Merged(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        AdapterMerge.Write([new(folder, 1)], Fixtures.Folder("lora-gpt2-lm"), Path.Combine(folder, "..", "whole"));
    }

    private static void Expected(string path)
    {
        using var scope = NewDisposeScope();
        _ = new ParityCase(Path.GetDirectoryName(path)!, null).Names.Count();
    }

    // Damage of an archive mostly ends at its checksums; here the array is damaged before it is packed.
    private static string Archived(string path, params (string Name, byte[] Bytes)[] beside)
    {
        var archive = Path.ChangeExtension(path, ".npz");
        FuzzRun.Put(archive, Packed.Zip([(Path.GetFileName(path), File.ReadAllBytes(path)), .. beside]));
        return archive;
    }

    private static void Sentences(string path) => SentenceModules.Read(Path.GetDirectoryName(path)!);

    private static void Exported(string path)
    {
        using var folder = ModelFolder.Open(Path.GetDirectoryName(path)!);
        _ = folder.LabelCount;
        Plinth.Export.Gguf.TokenizerSource.Find(folder)?.Convert(8);
    }

    private static void Snapshot(string path)
    {
        using var folder = new SnapshotFolder(Path.GetFullPath(Path.Combine(path, "..", "..", "..")));
        _ = folder.Latest(_ => { });
    }

    private static void Recorded(RunRecord record)
    {
        _ = record.IsIntact;
        ModelCard.Write(record);
    }

    private static void PreparedPart(string path)
    {
        using var folder = new PreparationFolder(Path.GetFullPath(Path.Combine(path, "..", "..")));
        _ = folder.Resume("identity", reader => reader.ReadInt32());
    }

    private static void Shards(string path)
    {
        using var store = TokenShards.Open(Path.GetDirectoryName(path)!, "key");
        _ = store?.TokenCount;
    }
}
