using Parquet;
using Parquet.Schema;

namespace Plinth.Tests.Data.Formats;

/// <summary>Questions as data sets on the hub hold them: a record of lists for the answers.</summary>
internal static class QuestionFile
{
    public static void Write(string path) => WriteAsync(path).GetAwaiter().GetResult();

    private static async Task WriteAsync(string path)
    {
        var schema = new ParquetSchema(
            new DataField("question", typeof(string), true), new DataField("context", typeof(string), true),
            new StructField("answers", List("text", typeof(string)), List("answer_start", typeof(int))), List("words", typeof(string)));
        var fields = schema.GetDataFields();
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(fields[0], ["what?", "why?"]);
        await group.WriteAsync(fields[1], ["😀 is red", "nothing"]);
        // Two answers in the first row, an empty list in the second.
        await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(fields[2], new[] { "is red".AsMemory(), "red".AsMemory() }, Levels(4, 4, 2), Levels(0, 1, 0), CancellationToken.None);
        await group.WriteAllPartsAsync<int>(fields[3], new[] { 2, 5 }, Levels(4, 4, 2), Levels(0, 1, 0), CancellationToken.None);
        await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(fields[4], new[] { "a".AsMemory(), "b".AsMemory() }, Levels(3, 3, 0), Levels(0, 1, 0), CancellationToken.None);
    }

    private static ListField List(string name, Type type) => new(name, new DataField("element", type, true));

    private static ReadOnlyMemory<int> Levels(params int[] levels) => levels;
}
