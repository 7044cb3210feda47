using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>The shelf of tasks: one entry each.</summary>
public static class TaskCatalog
{
    /// <summary>All tasks by name.</summary>
    public static Catalog<TaskEntry> Tasks { get; } = new(
        "task",
        [
            new("text_classification", "Says which class a text or a pair of texts has, or which number.", HeadKind.SequenceClassification, typeof(TextClassificationOptions),
                (model, tokenizer, options) => new TextClassification(model, tokenizer, (TextClassificationOptions?)options)) { NeedsClasses = true },
            new("token_classification", "Says which class each word has.", HeadKind.TokenClassification, typeof(TokenClassificationOptions),
                (model, tokenizer, options) => new TokenClassification(model, tokenizer, (TextTaskOptions?)options)) { NeedsClasses = true },
            new("question_answering", "Finds the answer to a question in a context.", HeadKind.QuestionAnswering, typeof(QuestionAnsweringOptions),
                (model, tokenizer, options) => new QuestionAnswering(model, tokenizer, (QuestionAnsweringOptions?)options)),
            new("multiple_choice", "Chooses the text that fits.", HeadKind.MultipleChoice, typeof(TextTaskOptions),
                (model, tokenizer, options) => new MultipleChoice(model, tokenizer, (TextTaskOptions?)options)),
            new("sentence_embedding", "Gives a vector that is near those of texts with the same meaning.", HeadKind.None, typeof(SentenceEmbeddingOptions),
                (model, tokenizer, options) => new SentenceEmbedding(model, tokenizer, (SentenceEmbeddingOptions?)options)),
            new("causal_finetuning", "Continues a prompt with its answer.", HeadKind.CausalLanguageModeling, typeof(TextTaskOptions),
                (model, tokenizer, options) => new CausalFinetuning(model, tokenizer, (TextTaskOptions?)options)),
            new("translation", "Writes a text in another language.", HeadKind.SequenceToSequence, typeof(SequenceToSequenceOptions),
                (model, tokenizer, options) => new SequenceToSequence("translation", model, tokenizer, (SequenceToSequenceOptions?)options)),
            new("summarization", "Writes the essence of a text.", HeadKind.SequenceToSequence, typeof(SequenceToSequenceOptions),
                (model, tokenizer, options) => new SequenceToSequence("summarization", model, tokenizer, (SequenceToSequenceOptions?)options)),
        ],
        entry => entry.Name);
}
