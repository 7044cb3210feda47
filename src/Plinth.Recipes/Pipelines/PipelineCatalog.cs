using Plinth.Core;
using Plinth.Inference.Sampling;
using Plinth.Inference.Vision;
using Plinth.Tasks;
using Plinth.Tasks.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>The shelf of pipelines: everything that <c>plinth run</c> can do.</summary>
public static class PipelineCatalog
{
    /// <summary>All pipelines by name.</summary>
    public static Catalog<PipelineEntry> Pipelines { get; } = new(
        "task",
        [
            Of<TextClassificationOptions>("text_classification", "A text, or a pair: its class, classes or number.", ClassificationPipelines.Texts),
            Of<ZeroShotOptions>("zero_shot_classification", "A text and any labels (--choice): how well each fits.", ClassificationPipelines.ZeroShot),
            Of<TokenClassificationOptions>("token_classification", "A text: what it names, with places.", ClassificationPipelines.Entities),
            Of<QuestionAnsweringOptions>("question_answering", "A question and a context (--pair): the piece of the context that answers it.", ReadingPipelines.Questions),
            Of<TextTaskOptions>("multiple_choice", "A text and choices (--choice): which one fits.", ReadingPipelines.Choices),
            Of<FillMaskOptions>("fill_mask", "A text with a hidden token: what it may be.", ReadingPipelines.Masks),
            Of<CausalFinetuningOptions>("causal_finetuning", "A prompt and an answer (--pair): how probable the answer is.", ReadingPipelines.Likelihood),
            Of<VectorOptions>("sentence_embedding", "A text: its vector.", VectorPipelines.Sentences),
            Of<VectorOptions>("feature_extraction", "A text: the vectors of its tokens, or one where a pooling is set.", VectorPipelines.Features),
            Of<VectorOptions>("sentence_similarity", "A text and others (--choice or --pair): how near each is.", VectorPipelines.Similarity),
            Of<VectorOptions>("rerank", "A query and documents (--choice): the documents, best first.", VectorPipelines.Rerank),
            Of<GenerationOptions>("text_generation", "A text: what may follow it.", WritingPipelines.Generation) with { Defaults = folder => GenerationConfigFile.Read(folder, new()) },
            Of<RecordTaskOptions>("text_to_record", "A text and a JSON schema (--set schema=FILE): the record that it tells of.", WritingPipelines.Record),
            Of<SequenceToSequenceOptions>("translation", "A text: the same in another language.", WritingPipelines.Translation),
            Of<SequenceToSequenceOptions>("summarization", "A text: its essence.", WritingPipelines.Summarization),
            OfPictures<ImageClassificationOptions>("image_classification", "A picture: its class, classes or number.", ClassificationPipelines.Images),
            OfPictures<ImageVectorOptions>("image_embedding", "A picture: its vector.", PicturePipelines.Vectors),
            OfPictures<ImageVerificationOptions>("image_verification", "Two pictures (--pair): how alike they are, and at a threshold (--set threshold=) whether they show the same.", PicturePipelines.Verification) with { ComparesPictures = true },
            OfPictures<ZeroShotImageOptions>("zero_shot_image_classification", "A picture and any labels (--choice): how well each fits.", PicturePipelines.ZeroShot),
            OfPictures<TextRetrievalOptions>("text_retrieval", "A picture and texts (--choice): the texts, best first.", PicturePipelines.TextsOfPicture),
            Of<ImageRetrievalOptions>("image_retrieval", "A text, and a folder of pictures (--set pictures=FOLDER): the pictures, best first.", PicturePipelines.PicturesOfText),
            OfPictures<DetectionOptions>("object_detection", "A picture: what it shows, and where.", PicturePipelines.Things),
            OfPictures<ImageToTextOptions>("image_to_text", "A picture, and perhaps a question (--pair): a description, or the answer.", PicturePipelines.Texts),
        ],
        entry => entry.Name);

    /// <summary>Other names of pipelines.</summary>
    public static IReadOnlyDictionary<string, string> Aliases { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["detect"] = "object_detection", ["caption"] = "image_to_text", ["visual_question_answering"] = "image_to_text",
        ["image_text_retrieval"] = "text_retrieval",
    };

    /// <summary>The pipeline of that name, in snake_case or, as on the hub, in kebab-case.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static PipelineEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var known = name.Replace('-', '_');
        return Pipelines[Aliases.GetValueOrDefault(known, known)];
    }

    private static PipelineEntry Of<TOptions>(string name, string summary, Func<string, TOptions, int, TaskPipeline> load) where TOptions : class, new() =>
        Of(name, summary, Modality.Text, load);

    private static PipelineEntry OfPictures<TOptions>(string name, string summary, Func<string, TOptions, int, TaskPipeline> load) where TOptions : class, new() =>
        Of(name, summary, Modality.Image, load);

    private static PipelineEntry Of<TOptions>(string name, string summary, Modality modality, Func<string, TOptions, int, TaskPipeline> load) where TOptions : class, new() =>
        new(name, summary, modality, typeof(TOptions), (folder, options, batchSize) =>
        {
            TaskPipeline.CheckBatchSize(batchSize);
            return load(folder, (TOptions?)options ?? new(), batchSize);
        });
}
