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
            new("token_classification", "Says which class each word has.", HeadKind.TokenClassification, typeof(TextTaskOptions),
                (model, tokenizer, options) => new TokenClassification(model, tokenizer, (TextTaskOptions?)options)) { NeedsClasses = true },
        ],
        entry => entry.Name);
}
