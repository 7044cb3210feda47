using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>XML documentation files of .NET, as compilers write them: one document per member. Other XML is passed over and told.</summary>
internal static class DocumentationCorpus
{
    public static IReadOnlyList<string> Extensions { get; } = [".xml"];

    /// <exception cref="BadInputException">It is malformed; the message names file and line.</exception>
    public static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        foreach (var member in Members(file, options))
        {
            if (member.AllText is { Length: > 0 } text)
            {
                yield return new(text, $"{file.Name}: {member.Id}");
            }
        }
    }

    private static List<DocumentationMember> Members(CorpusFile file, CorpusOptions options)
    {
        using var stream = Utf8Lines.ReadStream(file, options);
        if (stream.Length == 0)
        {
            return [];
        }

        var reader = new DocumentationReader(file.Name);
        try
        {
            return reader.Read(stream);
        }
        catch (BadInputException) when (reader.ForeignRoot is { } root)
        {
            options.Skipped?.Invoke($"{file.Name} is XML, but no documentation: its first element is <{root}>.");
            return [];
        }
    }
}
