using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes.Pipelines;

/// <summary>Every pipeline of the catalog, loaded of a folder.</summary>
public sealed class PipelineCatalogTests : IDisposable
{
    private static readonly string[] Texts = ["the red house", "a small cat sat on the mat and slept there all day", "it rains", "the cat"];
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, HeadKind, string[]?, string[]> Cases => new()
    {
        { "text_classification", HeadKind.SequenceClassification, ["a", "b", "c"], [] },
        { "zero_shot_classification", HeadKind.SequenceClassification, ["entailment", "contradiction"], ["labels=[cat, house]"] },
        { "token_classification", HeadKind.TokenClassification, ["O", "B-X", "I-X"], ["aggregation=simple"] },
        { "question_answering", HeadKind.QuestionAnswering, null, ["can_abstain=true", "answer_count=2"] },
        { "multiple_choice", HeadKind.MultipleChoice, null, [] },
        { "fill_mask", HeadKind.MaskedLanguageModeling, null, ["guess_count=2"] },
        { "causal_finetuning", HeadKind.CausalLanguageModeling, null, [] },
        { "sentence_embedding", HeadKind.None, null, ["maximum_length=6"] },
        { "feature_extraction", HeadKind.None, null, [] },
        { "sentence_similarity", HeadKind.None, null, ["pooling=max"] },
        { "rerank", HeadKind.SequenceClassification, ["score"], [] },
        { "text_generation", HeadKind.CausalLanguageModeling, null, ["max_new_tokens=3", "eos_token_ids=[]"] },
        { "text_to_record", HeadKind.CausalLanguageModeling, null, ["schema='{\"enum\": [\"red\", \"blue\", 7]}'", "max_new_tokens=20"] },
        { "translation", HeadKind.SequenceToSequence, null, ["maximum_target_length=4"] },
        { "summarization", HeadKind.SequenceToSequence, null, ["maximum_target_length=4"] },
        { "image_classification", HeadKind.ImageClassification, ["a", "b", "c"], [] },
        { "image_embedding", HeadKind.Contrastive, null, [] },
        { "image_verification", HeadKind.ImageClassification, ["a", "b", "c"], ["threshold=0.5"] },
        { "zero_shot_image_classification", HeadKind.Contrastive, null, ["labels=[cat, red house]", "templates=['a {}', 'the {} sat']"] },
        { "text_retrieval", HeadKind.Contrastive, null, ["texts=[the cat, it rains all day]"] },
        { "image_retrieval", HeadKind.Contrastive, null, [] },
        { "object_detection", HeadKind.ObjectDetection, ["a", "b"], ["threshold=0"] },
        { "image_to_text", HeadKind.CausalLanguageModeling, null, ["max_new_tokens=4", "generation.eos_token_ids=[]", "template='the <image> {}'"] },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pipeline_answers_in_order_alike_alone_and_in_batches(string task, HeadKind head, string[]? labels, string[] settings)
    {
        Save(head, labels, isBytes: task == "text_to_record", seesAndWrites: task == "image_to_text");
        if (task == "image_retrieval")
        {
            Directory.CreateDirectory(folder.Path("pictures"));
            for (var i = 0; i < 3; i++)
            {
                Plinth.Data.Vision.ImageEncoder.Save(folder.Path("pictures", $"{i}.png"), TinyPictures.Image(i));
            }

            settings = [$"pictures='{folder.Path("pictures")}'"];
        }

        using var pipeline = Load(task, settings, batchSize: 3);
        using var scope = NewDisposeScope();
        Sample[] samples = PipelineCatalog.Find(task).Modality == Modality.Image
            ? [.. Texts.Select((_, i) => TinyPictures.Of(i) with { Pair = TinyPictures.Of(i + 7).Image })]
            : [.. Texts.Select(text => Sample(task, text))];
        var together = pipeline.Answer(samples, cancellation: Token);
        Assert.Equal(samples.Length, together.Count);
        Assert.All(samples.Zip(together), pair =>
        {
            var fields = AnswerFields.Of(pair.Second);
            Assert.Equal(pipeline.Columns.Select(column => column.Name), fields.Select(field => field.Key));
            Assert.NotEmpty(AnswerLines.Of(pair.Second));
            Assert.Equal(Rounded(AnswerFields.Json(pipeline.Answer(pair.First, Token))), Rounded(AnswerFields.Json(pair.Second)));
        });
        Assert.True(together.Select(answer => AnswerFields.Json(answer).ToJsonString()).Distinct().Count() > 1 || task is "text_generation" or "text_to_record" or "translation" or "summarization" or "image_to_text");
    }

    [Fact]
    public void Every_pipeline_of_the_catalog_has_a_case() => Assert.Equal(PipelineCatalog.Pipelines.Names, Cases.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_task_of_the_catalog_has_a_pipeline() => Assert.All(Plinth.Tasks.TaskCatalog.Tasks.Names, name => Assert.NotNull(PipelineCatalog.Find(name)));

    [Fact]
    public void Names_of_the_hub_and_wrong_names_are_understood()
    {
        Assert.Equal("zero_shot_classification", PipelineCatalog.Find("zero-shot-classification").Name);
        Assert.Contains("fill_mask", Assert.Throws<RecipeException>(() => PipelineCatalog.Find("mask")).Message, StringComparison.Ordinal);
        Assert.Contains("aggregation", Assert.Throws<RecipeException>(() => RecipeReader.ReadSettings(PipelineCatalog.Find("token-classification").OptionsType, ["agregation=max"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cross_encoder_scores_pairs_and_vectors_score_without_one()
    {
        Save(HeadKind.SequenceClassification, ["score"]);
        TextSample query = new("the cat") { Choices = ["the red house", "it rains", "a small cat"] };
        using (var pipeline = Load("rerank", [], 2))
        using (var plain = Load("text_classification", [], 2))
        {
            var ranked = ((ScoredTexts)pipeline.Answer(query, Token)).Texts;
            var expected = query.Choices.Select((text, i) => new ScoredText(i, text, 1 / (1 + Math.Exp(-((NumberAnswer)plain.Answer(new TextSample(query.Text, text), Token)).Value)))).OrderByDescending(text => text.Score).ToList();
            Assert.Equal(expected.Select(text => text.Index), ranked.Select(text => text.Index));
            Assert.All(expected.Zip(ranked), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5));
        }

        Directory.Delete(folder.Path("model"), recursive: true);
        Save(HeadKind.None, null);
        using var vectors = Load("sentence-embedding", [], 2);
        using var reranker = Load("rerank", [], 2);
        using var similarity = Load("sentence-similarity", [], 2);
        float[] Vector(string text) => [.. ((VectorAnswer)vectors.Answer(new TextSample(text), Token)).Vector];
        double[] cosines = [.. query.Choices.Select(choice => Vector(query.Text).Zip(Vector(choice), (a, b) => (double)a * b).Sum())];
        Assert.All(((ScoredTexts)similarity.Answer(query, Token)).Texts.Zip(cosines), pair => Assert.Equal(pair.Second, pair.First.Score, 1e-5));
        Assert.Equal(cosines.Index().OrderByDescending(pair => pair.Item).Select(pair => pair.Index), ((ScoredTexts)reranker.Answer(query, Token)).Texts.Select(text => text.Index));
        Assert.Throws<BadInputException>(() => similarity.Answer(new TextSample("alone"), Token));
    }

    [Theory]
    [InlineData("", "--set schema=")]
    [InlineData("{", "malformed")]
    [InlineData("nowhere.json", "nowhere.json")]
    public void A_record_without_a_schema_is_refused(string schema, string said) =>
        Assert.Contains(said, Assert.ThrowsAny<PlinthException>(() => TaskPipeline.Load("text_to_record", folder.Path("model"), new RecordTaskOptions { Schema = schema })).Message, StringComparison.Ordinal);

    [Fact]
    public void Three_classes_do_not_rerank()
    {
        Save(HeadKind.SequenceClassification, ["a", "b", "c"]);
        Assert.Contains("3 classes", Assert.Throws<PlinthException>(() => Load("rerank", [], 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_of_embeddings_saves_a_folder_of_sentence_transformers()
    {
        Save(HeadKind.None, null);
        using (var loaded = Plinth.Recipes.TaskModel.Load("sentence_embedding", folder.Path("model"), new Plinth.Tasks.SentenceEmbeddingOptions { Pooling = Pooling.Max }))
        {
            Checkpoint.Save(loaded.Model, folder.Path("saved"), loaded.SaveFiles);
            var modules = SentenceModules.Read(folder.Path("saved"))!;
            Assert.Equal([Pooling.Max], modules.Pooling);
            using var pipeline = TaskPipeline.Load("sentence_embedding", folder.Path("saved"));
            var expected = ((VectorAnswer)loaded.Task.Answer([new TextSample(Texts[0])])[0]).Vector;
            Assert.All(expected.Zip(((VectorAnswer)pipeline.Answer(new TextSample(Texts[0]), Token)).Vector), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    private void Save(HeadKind head, string[]? labels, bool isBytes = false, bool seesAndWrites = false)
    {
        Tokenizer tokenizer = isBytes
            ? ByteLevelBpeTrainer.Train(Texts, new() { VocabularySize = 300 })
            : WordPieceTrainer.Train(Texts.Concat(["what is it", "cat house red", "entailment This example is ."]), new() { VocabularySize = 300, MinimumFrequency = 1 });
        using var scope = NewDisposeScope();
        if (head is HeadKind.Contrastive or HeadKind.ObjectDetection || seesAndWrites)
        {
            using var seeing = SeeingModels.For(head, tokenizer, labels);
            var processor = new Plinth.Data.Vision.PictureTextProcessor(tokenizer, TinyPictures.Processor);
            Checkpoint.Save(seeing, folder.Path("model"), head == HeadKind.ObjectDetection ? TinyPictures.Processor.Save : processor.Save);
            return;
        }

        using var model = Inference.InferenceModels.Sharpen(TinyModels.For(head, tokenizer.VocabularySize, labels, isBytes ? 256 : 64));
        Checkpoint.Save(model, folder.Path("model"), head == HeadKind.ImageClassification ? TinyPictures.Processor.Save : tokenizer.Save);
    }

    private TaskPipeline Load(string task, string[] settings, int batchSize) =>
        TaskPipeline.Load(task, folder.Path("model"), RecipeReader.ReadSettings(PipelineCatalog.Find(task).OptionsType, settings), batchSize);

    private static TextSample Sample(string task, string text) => task switch
    {
        "question_answering" => new("what is it", text),
        "causal_finetuning" => new("what is it", text),
        "fill_mask" => new($"{text} [MASK]"),
        "multiple_choice" or "sentence_similarity" or "rerank" => new(text) { Choices = ["the cat", "it rains all day"] },
        _ => new(text),
    };

    // Batches pad, and padding moves the last digits.
    private static string Rounded(System.Text.Json.Nodes.JsonNode json) => System.Text.RegularExpressions.Regex.Replace(
        json.ToJsonString(), @"-?\d+\.\d+(E-?\d+)?", number => Math.Round(double.Parse(number.Value, System.Globalization.CultureInfo.InvariantCulture), 3).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture).Replace("-0.000", "0.000", StringComparison.Ordinal));
}
