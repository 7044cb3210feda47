using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Tagged sentences in the columns of the CoNLL shared tasks (Tjong Kim Sang and De Meulder 2003): a word and its tag a line, whatever blanks
/// between them, and a blank line after each sentence. Lines that begin with <c>-DOCSTART-</c> only part documents.
/// </summary>
internal static class ConllFiles
{
    private const string DocumentMark = "-DOCSTART-";

    // A file without blank lines is one sentence; a limit keeps it from becoming one sample of a million words.
    private const int MostWords = 10_000;

    public static bool IsConll(string extension) => extension is ".conll" or ".iob" or ".bio";

    public static IEnumerable<RawSample> Read(CorpusFile file, SampleFormat format, CorpusOptions options)
    {
        if (format.WordColumn < 1 || format.TagColumn < 1)
        {
            throw new BadInputException($"Columns of CoNLL lines count from 1; word_column is {format.WordColumn} and tag_column {format.TagColumn}.");
        }

        List<string> words = [], tags = [];
        var first = 1L;
        foreach (var line in Utf8Lines.Read(file, options))
        {
            var fields = line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0 || fields[0] == DocumentMark)
            {
                if (words.Count > 0)
                {
                    yield return Sentence();
                }

                continue;
            }

            var place = $"{file.Name}:{line.Number}";
            var tag = format.TagColumn ?? fields.Length;
            if (fields.Length < Math.Max(2, Math.Max(format.WordColumn, tag)))
            {
                throw new BadInputException($"{place}: {fields.Length} columns, but a word and its tag are expected in the columns {format.WordColumn} and {(format.TagColumn is { } column ? column : "last")}.");
            }

            if (words.Count == MostWords)
            {
                throw new BadInputException($"{place}: the sentence that began on line {first} has more than {MostWords:N0} words. A blank line ends a sentence.");
            }

            first = words.Count == 0 ? line.Number : first;
            words.Add(fields[format.WordColumn - 1]);
            tags.Add(fields[tag - 1]);
        }

        if (words.Count > 0)
        {
            yield return Sentence();
        }

        RawSample Sentence()
        {
            var sentence = new RawSample($"{file.Name}:{first}", new(string.Join(' ', words)) { Words = words.ToArray() }, Tags: tags.ToArray());
            words.Clear();
            tags.Clear();
            return sentence;
        }
    }
}
