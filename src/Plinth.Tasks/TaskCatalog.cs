using Plinth.Core;
using Plinth.Tasks.Vision;

namespace Plinth.Tasks;

/// <summary>The shelf of tasks: one entry each.</summary>
public static class TaskCatalog
{
    /// <summary>All tasks by name.</summary>
    public static Catalog<TaskEntry> Tasks { get; } = new(
        "task",
        [
            TaskEntry.Text<TextClassificationOptions>("text_classification", "Says which class a text or a pair of texts has, or which number.", HeadKind.SequenceClassification,
                (model, tokenizer, options) => new TextClassification(model, tokenizer, options)) with { NeedsClasses = true },
            TaskEntry.Text<TokenClassificationOptions>("token_classification", "Says which class each word has.", HeadKind.TokenClassification,
                (model, tokenizer, options) => new TokenClassification(model, tokenizer, options)) with { NeedsClasses = true },
            TaskEntry.Text<QuestionAnsweringOptions>("question_answering", "Finds the answer to a question in a context.", HeadKind.QuestionAnswering,
                (model, tokenizer, options) => new QuestionAnswering(model, tokenizer, options)),
            TaskEntry.Text<TextTaskOptions>("multiple_choice", "Chooses the text that fits.", HeadKind.MultipleChoice,
                (model, tokenizer, options) => new MultipleChoice(model, tokenizer, options)),
            TaskEntry.Text<SentenceEmbeddingOptions>("sentence_embedding", "Gives a vector that is near those of texts with the same meaning.", HeadKind.None,
                (model, tokenizer, options) => new SentenceEmbedding(model, tokenizer, options)),
            TaskEntry.Text<CausalFinetuningOptions>("causal_finetuning", "Continues a prompt with its answer.", HeadKind.CausalLanguageModeling,
                (model, tokenizer, options) => new CausalFinetuning(model, tokenizer, options)),
            TaskEntry.Text<SequenceToSequenceOptions>("translation", "Writes a text in another language.", HeadKind.SequenceToSequence,
                (model, tokenizer, options) => new SequenceToSequence("translation", model, tokenizer, options)),
            TaskEntry.Text<SequenceToSequenceOptions>("summarization", "Writes the essence of a text.", HeadKind.SequenceToSequence,
                (model, tokenizer, options) => new SequenceToSequence("summarization", model, tokenizer, options)),
            TaskEntry.Image<ImageClassificationOptions>("image_classification", "Says which class a picture has, which classes, or which number.", HeadKind.ImageClassification,
                (model, processor, options) => new ImageClassification(model, processor, options)) with { NeedsClasses = true },
            TaskEntry.Image<ObjectDetectionOptions>("object_detection", "Says what a picture shows, and where.", HeadKind.ObjectDetection,
                (model, processor, options) => new ObjectDetection(model, processor, options)) with { NeedsClasses = true, UsesBoxes = true },
            TaskEntry.Pictures<ImageTextRetrievalOptions>("image_text_retrieval", "Finds the picture that a text describes, and the text that describes a picture.", HeadKind.Contrastive,
                (model, processor, options) => new ImageTextRetrieval(model, processor, options)),
            TaskEntry.Pictures<ImageToTextOptions>("image_to_text", "Describes a picture, or answers a question about it.", HeadKind.CausalLanguageModeling,
                (model, processor, options) => new ImageToText(model, processor, options)),
        ],
        entry => entry.Name);
}
