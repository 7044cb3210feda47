using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Tasks;
using Plinth.Tasks.Vision;

namespace Plinth.Tests.Tasks;

/// <summary>One small problem per task of the catalog, or several.</summary>
/// <param name="Task">Its name in the catalog.</param>
/// <param name="Samples">Eight samples.</param>
/// <param name="Labels">Names of the classes, or null.</param>
/// <param name="Options">Options by whether the backbone is frozen.</param>
internal sealed record TaskCase(string Task, IReadOnlyList<Sample> Samples, IReadOnlyList<string>? Labels, Func<bool, object> Options)
{
    public double Wanted { get; init; } = 0.999;

    public int Steps { get; init; } = 60;

    public bool HeadHasWeights { get; init; } = true;

    public bool UsesBatchAsNegatives { get; init; }

    public (ModelTask Task, IReadOnlyList<Sample> Samples) Build(bool isFrozen = false)
    {
        var entry = TaskCatalog.Tasks[Task];
        if (entry.Modality.HasFlag(Modality.Text | Modality.Image))
        {
            var words = new WordTokenizer(Samples.Cast<ImageSample>().SelectMany(s => (string[])["USER: ASSISTANT:", .. s.Captions, .. s.Questions.SelectMany(q => (string[])[q.Question, .. q.Answers])]));
            return (entry.Create(SeeingModels.Fresh(entry.Head, words), new PictureTextProcessor(words, TinyPictures.Processor), Options(isFrozen)), Samples);
        }

        if (entry.Modality == Modality.Image)
        {
            return (entry.Create(TinyModels.For(entry.Head, 0, Labels), TinyPictures.Processor, Options(isFrozen)), Samples);
        }

        var tokenizer = new WordTokenizer(Samples.Cast<TextSample>().SelectMany(s => (string[])[s.Text, s.Pair ?? "", .. s.Choices ?? []]));
        return (entry.Create(TinyModels.For(entry.Head, tokenizer.VocabularySize, Labels), tokenizer, Options(isFrozen)), Samples);
    }
}

internal static class TaskCases
{
    private static readonly string[] Texts =
    [
        "the film was good", "what a bad film", "good", "a long and rather bad evening with many words", "good people make good films",
        "bad bad bad", "it was not a nice day at all", "nice",
    ];

    public static IReadOnlyDictionary<string, TaskCase> All { get; } = new Dictionary<string, TaskCase>
    {
        ["text_classification"] = new("text_classification", Each((t, i) => new(t) { Label = i % 3 }), ["a", "b", "c"], Classify),
        ["text_pairs"] = new("text_classification", Each((t, i) => new(t, Texts[(i + 1) % 8]) { Label = i % 2 }), ["no", "yes"], Classify),
        ["multi_label"] = new("text_classification", Each((t, _) => new(t) { LabelSet = Traits(t) }), ["good", "bad", "long"],
            frozen => new TextClassificationOptions { Kind = ClassificationKind.MultiLabel, FreezeBackbone = frozen }) { Steps = 120 },
        ["regression"] = new("text_classification", Each((t, i) => new(t) { Value = i / 4.0 }), ["value"], Classify) { Wanted = 0.95, Steps = 120 },
        ["token_classification"] = new("token_classification", Each(Tagged), ["O", "B-X", "I-X"], frozen => new TokenClassificationOptions { FreezeBackbone = frozen, MaximumLength = 8 }),
        ["question_answering"] = new("question_answering", Each(Asked), null,
            frozen => new QuestionAnsweringOptions { FreezeBackbone = frozen, CanAbstain = true, MaximumLength = 14, Overlap = 4 }) { Steps = 300 },
        ["multiple_choice"] = new("multiple_choice", Each((t, i) => new(t) { Choices = [.. Enumerable.Range(0, 2 + i % 3).Select(c => $"choice {c} of {i}")], Label = i % 2 }), null,
            frozen => new TextTaskOptions { FreezeBackbone = frozen }) { Steps = 120 },
        ["sentence_embedding"] = new("sentence_embedding", Each((t, i) => new(t, $"second {Texts[(i + 3) % 8]}")), null,
            frozen => new SentenceEmbeddingOptions { FreezeBackbone = frozen }) { HeadHasWeights = false, UsesBatchAsNegatives = true },
        ["causal_finetuning"] = new("causal_finetuning", Each((t, i) => new(t, Texts[7 - i])), null,
            frozen => new CausalFinetuningOptions { FreezeBackbone = frozen }) { HeadHasWeights = false, Wanted = -0.2, Steps = 80 },
        ["translation"] = new("translation", Each((t, i) => new(t, Texts[7 - i])), null, Write) { HeadHasWeights = false, Wanted = 90, Steps = 80 },
        ["summarization"] = new("summarization", Each((t, i) => new(t, Texts[(i + 3) % 8])), null, Write) { HeadHasWeights = false, Wanted = 90, Steps = 80 },
        ["image_classification"] = new("image_classification", Pictures((s, i) => s with { Label = i % 3 }), ["a", "b", "c"], See),
        ["image_label_sets"] = new("image_classification", Pictures((s, i) => s with { LabelSet = [i % 2, 2] }), ["a", "b", "c"],
            frozen => new ImageClassificationOptions { Kind = ClassificationKind.MultiLabel, FreezeBackbone = frozen }) { Steps = 120 },
        ["image_number"] = new("image_classification", Pictures((s, i) => s with { Value = i / 4.0 }), ["value"], See) { Wanted = 0.95, Steps = 120 },
        ["object_detection"] = new("object_detection", Pictures(Boxed), ["a", "b", "c"], frozen => new ObjectDetectionOptions { FreezeBackbone = frozen }) { Wanted = 0.6, Steps = 150 },
        ["image_text_retrieval"] = new("image_text_retrieval", Pictures((s, i) => s with { Captions = [Texts[i]] }), null,
            frozen => new ImageTextRetrievalOptions { FreezeBackbone = frozen }) { UsesBatchAsNegatives = true, Steps = 100 },
        ["image_descriptions"] = new("image_to_text", Pictures((s, i) => s with { Captions = [Texts[i]] }), null, Tell) { Wanted = 90, Steps = 100 },
        ["image_questions"] = new("image_to_text", Pictures((s, i) => s with { Captions = [Texts[i]], Questions = [new("which", [$"number {i}"]), new($"is it {i}", ["yes", "right"])] }), null,
            frozen => Tell(frozen) with { Texts = PictureTexts.Answers }) { Steps = 100 },
    };

    // One thing or two, elsewhere in each picture.
    private static ImageSample Boxed(ImageSample sample, int number) => sample with
    {
        Boxes = [new(number, 2 + number, 12, 8, number % 3), .. number % 2 == 0 ? (ImageBox[])[new(12, 1, 9, 6 + number, (number + 1) % 3)] : []],
    };

    private static ImageToTextOptions Tell(bool isFrozen) => new() { FreezeBackbone = isFrozen, MaxNewTokens = 16 };

    private static ImageClassificationOptions See(bool isFrozen) => new() { FreezeBackbone = isFrozen };

    private static IReadOnlyList<ImageSample> Pictures(Func<ImageSample, int, ImageSample> labelled) => [.. Enumerable.Range(0, 8).Select(i => labelled(TinyPictures.Of(i), i))];

    private static SequenceToSequenceOptions Write(bool isFrozen) => new() { FreezeBackbone = isFrozen, MaximumTargetLength = 16 };

    // A question for one of the words of a context that needs several windows; every fourth has no answer.
    private static TextSample Asked(string text, int number)
    {
        var context = $"once upon a time it was said that {text} and so on until the end";
        var answer = text.Split(' ')[^1];
        var start = context.IndexOf(text, StringComparison.Ordinal) + text.Length - answer.Length;
        return new($"what is {number}", context) { Spans = number % 4 == 3 ? [] : [new(start, answer)] };
    }

    private static TextClassificationOptions Classify(bool isFrozen) => new() { FreezeBackbone = isFrozen };

    private static IReadOnlyList<TextSample> Each(Func<string, int, TextSample> sample) => [.. Texts.Select(sample)];

    private static int[] Traits(string text) =>
        [.. new[] { text.Contains("good", StringComparison.Ordinal), text.Contains("bad", StringComparison.Ordinal), text.Split(' ').Length > 4 }.Index().Where(t => t.Item).Select(t => t.Index)];

    private static TextSample Tagged(string text, int number)
    {
        var words = text.Split(' ');
        return new(text) { Words = words, Tags = [.. words.Select((word, i) => word is "good" or "bad" ? 1 : i > 0 && words[i - 1] is "good" or "bad" ? 2 : 0)] };
    }
}
