using System.Globalization;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text;

/// <summary>Reads labelled samples from JSON lines, tables, Parquet files, CoNLL columns or SQuAD's JSON.</summary>
public static class SampleFiles
{
    private const string Known = ".jsonl, .ndjson, .csv, .tsv, .conll, .iob, .bio or .json (SQuAD), each also as .gz or .zst, or .parquet";

    /// <summary>Reads all samples of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Which field is what. CoNLL columns and SQuAD's JSON say it themselves; of these only the names of the classes are used.</param>
    /// <param name="options">How to read; the plain case when left out.</param>
    /// <param name="format">What the file holds, where its extension does not say it.</param>
    /// <exception cref="BadInputException">The file is missing, empty or malformed; the message names file and line.</exception>
    public static SampleSet Read(string path, SampleColumns columns, CorpusOptions? options = null, SampleFormat? format = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(columns);
        (format, options) = (format ?? new(), options ?? new());
        RowFiles.CheckExists(path);
        var file = CorpusWalk.Expand(path, options);
        file = file with { Extension = format.Extension ?? file.Extension };
        List<RawSample> raw = ConllFiles.IsConll(file.Extension) ? [.. ConllFiles.Read(file, format, options)]
            : file.Extension == SquadFiles.Extension ? [.. SquadFiles.Read(file, options)]
            : [.. Rows(file, columns, options with { Header = format.Header ?? options.Header, HasQuotes = format.HasQuotes && options.HasQuotes })];
        if (raw.Count == 0)
        {
            throw new BadInputException($"{path} holds no samples.");
        }

        var names = new ClassNames(columns.LabelNames ?? ClassNames.Sorted(raw.SelectMany(r => r.Names)));
        return new(raw.Select(r => Numbered(r, names)).ToArray(), names.Names);
    }

    private static IEnumerable<RawSample> Rows(CorpusFile file, SampleColumns columns, CorpusOptions options)
    {
        if (columns.Text is null && columns.Words is null)
        {
            throw new BadInputException("Samples need a text: name the field of the text, or of the words.");
        }

        if (columns.Tags is not null && columns.Words is null)
        {
            throw new BadInputException($"Tags ('{columns.Tags}') belong to words: name the field of the words too.");
        }

        if (!RowFiles.Holds(file.Extension))
        {
            throw new BadInputException($"Samples are read from {Known}; '{file.Name}' has the extension '{file.Extension}'. Name its form if it is one of them.");
        }

        using var source = RowFiles.Open(file.Name, options, file.Extension);
        foreach (var row in source.Rows())
        {
            yield return Raw(new(row), columns);
        }
    }

    /// <summary>Takes the raw parts of a sample out of a row: text, pair, words and choices, no labels.</summary>
    /// <param name="row">A row of any file.</param>
    /// <param name="columns">Which field is what.</param>
    /// <exception cref="BadInputException">A field is missing or of another form; the message names file and line.</exception>
    public static TextSample Unlabeled(DataRow row, SampleColumns columns)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(columns);
        return Raw(new(row), columns with { Label = null, LabelSet = null, Value = null, Tags = null, Answers = null }).Sample;
    }

    private static RawSample Raw(SampleRow row, SampleColumns columns)
    {
        var words = columns.Words is { } w ? row.List(w, ' ') : null;
        var tags = columns.Tags is { } t ? row.List(t, ' ') : null;
        if (words is { Count: 0 })
        {
            throw new BadInputException($"{row.Place}: '{columns.Words}' holds no words.");
        }

        if (tags is not null && tags.Count != words!.Count)
        {
            throw new BadInputException($"{row.Place}: {words.Count} words but {tags.Count} tags. Each word needs one.");
        }

        var choices = columns.Choices is { } c ? row.List(c, '|') : null;
        var label = columns.Label is { } l ? row.Word(l) : null;
        var sample = new TextSample(words is null ? row.Text(columns.Text!) : string.Join(' ', words), columns.Pair is { } p ? row.Text(p) : null)
        {
            Words = words,
            Choices = choices,
            Value = columns.Value is { } v ? Number(row, v) : null,
            Label = choices is not null && label is not null ? Choice(row, label, choices.Count) : null,
        };
        return new(row.Place, sample, choices is null ? label : null, columns.LabelSet is { } s ? row.List(s, '|') : null, tags)
        {
            Spans = columns.Answers is { } a ? row.Spans(a, sample.Pair ?? sample.Text) : null,
        };
    }

    private static double Number(SampleRow row, string column) =>
        double.TryParse(row.Word(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new BadInputException($"{row.Place}: '{column}' is '{row.Word(column)}', not a number.");

    private static int Choice(SampleRow row, string label, int count) =>
        int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < count
            ? number
            : throw new BadInputException($"{row.Place}: the right choice is '{label}', but the choices are 0 to {count - 1}.");

    private static TextSample Numbered(RawSample raw, ClassNames names)
    {
        return raw.Sample with
        {
            Label = raw.Label is { } label ? Of(label) : raw.Sample.Label,
            LabelSet = raw.LabelSet?.Select(Of).ToArray(),
            Tags = raw.Tags?.Select(Of).ToArray(),
            Spans = raw.Spans,
        };

        int Of(string name) => names.Number(name, raw.Place);
    }
}
