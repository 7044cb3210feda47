namespace Plinth.Data.Text;

/// <summary>What a file of samples holds.</summary>
public enum SampleForm
{
    /// <summary>What its extension says.</summary>
    ByExtension,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>A table with commas.</summary>
    Csv,

    /// <summary>A table with tabs.</summary>
    Tsv,

    /// <summary>One word and its tag a line, a blank line after each sentence, as the CoNLL shared tasks have it.</summary>
    Conll,

    /// <summary>Articles, paragraphs and questions in one JSON object, as SQuAD has it.</summary>
    Squad,

    /// <summary>One conversation a line, in the form of the chat APIs.</summary>
    Conversations,
}

/// <summary>How a file of samples is to be read, where its extension does not say it.</summary>
public sealed record SampleFormat
{
    /// <summary>What the file holds.</summary>
    public SampleForm Form { get; init; }

    /// <summary>Names of the columns of a table that has no header line.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>Whether fields of a table may be quoted; false takes quotes as text.</summary>
    public bool HasQuotes { get; init; } = true;

    /// <summary>Column of the word in CoNLL lines, from 1.</summary>
    public int WordColumn { get; init; } = 1;

    /// <summary>Column of the tag in CoNLL lines, from 1; null takes the last.</summary>
    public int? TagColumn { get; init; }

    /// <summary>The extension that files of the form usually have, or null.</summary>
    internal string? Extension => Form switch
    {
        SampleForm.JsonLines or SampleForm.Conversations => ".jsonl",
        SampleForm.Csv => ".csv",
        SampleForm.Tsv => ".tsv",
        SampleForm.Conll => ".conll",
        SampleForm.Squad => ".json",
        _ => null,
    };
}
