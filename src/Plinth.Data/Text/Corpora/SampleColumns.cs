namespace Plinth.Data.Text;

/// <summary>Which field of a JSON line, or column of a table, holds which part of a sample. Null: the samples have no such part.</summary>
public sealed record SampleColumns
{
    /// <summary>The text. May be null when <see cref="Words"/> is given.</summary>
    public string? Text { get; init; } = "text";

    /// <summary>The second text of a pair.</summary>
    public string? Pair { get; init; }

    /// <summary>The class by name, or for multiple choice the number of the right choice, from 0.</summary>
    public string? Label { get; init; }

    /// <summary>All classes that apply: an array of names, in a table names separated by <c>|</c>.</summary>
    public string? LabelSet { get; init; }

    /// <summary>A number to predict.</summary>
    public string? Value { get; init; }

    /// <summary>The words of a tagged text: an array, in a table separated by blanks.</summary>
    public string? Words { get; init; }

    /// <summary>One class name per word: an array, in a table separated by blanks.</summary>
    public string? Tags { get; init; }

    /// <summary>Texts to choose between: an array, in a table separated by <c>|</c>.</summary>
    public string? Choices { get; init; }

    /// <summary>Answers within the second text in the form of SQuAD: <c>{"text": [...], "answer_start": [...]}</c>. JSON lines and Parquet only.</summary>
    public string? Answers { get; init; }

    /// <summary>Classes in the order of their numbers; an unknown one is an error then. Left out, they are collected from the file and sorted.</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }
}
