using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes.Quickstart;
using Xunit;

namespace Plinth.Tests.Recipes.Quickstart;

public sealed class GenericDataTests
{
    [Fact]
    public void Own_text_is_split_by_document_and_halved_at_a_sentence()
    {
        var documents = Made(400);
        var data = GenericData.From(documents.Concat(documents), "mine", 1);
        var all = Enum.GetValues<DataSplit>().SelectMany(data.Documents).ToArray();
        Assert.Equal(documents.Select(d => d.Text).Order(StringComparer.Ordinal), all.Select(d => d.Text).Order(StringComparer.Ordinal));
        Assert.InRange(data.Documents(DataSplit.Train).Count(), 280, 360);
        Assert.NotEmpty(data.Retrieval.Test);
        Assert.All(data.Retrieval.Test, s =>
        {
            Assert.Contains(data.Documents(DataSplit.Test), d => d.Text == $"{s.Text} {s.Pair}");
            Assert.EndsWith(".", s.Text, StringComparison.Ordinal);
        });
        Assert.Equal(data.Retrieval.Test, GenericData.From(documents, "mine", 1).Retrieval.Test);
        Assert.NotEqual(data.Retrieval.Test, GenericData.From(documents, "mine", 2).Retrieval.Test);
    }

    [Fact]
    public void A_file_is_read_by_paragraphs_and_too_little_is_refused()
    {
        var path = Path.GetTempFileName() + ".txt";
        try
        {
            File.WriteAllText(path, string.Join("\n\n", Made(300).Select(d => d.Text)));
            Assert.Equal(300, Enum.GetValues<DataSplit>().Sum(s => GenericData.Load(path).Documents(s).Count()));
            File.WriteAllText(path, "One paragraph.\n\nTwo.");
            Assert.Contains("2 distinct documents", Assert.Throws<BadInputException>(() => GenericData.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Text_without_sentences_or_blanks_near_its_middle_is_cut_between_characters()
    {
        var long1 = string.Join(' ', Enumerable.Repeat("a", 20)) + " " + string.Concat(Enumerable.Repeat("😀", 1_001));
        var data = GenericData.From(Made(300).Append(new(long1, "long")), "mine");
        var halves = data.Retrieval.Train.Concat(data.Retrieval.Validation).Concat(data.Retrieval.Test).Single(s => s.Pair!.EndsWith("😀", StringComparison.Ordinal));
        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(halves.Text + halves.Pair)));
        Assert.False(char.IsLowSurrogate(halves.Pair![0]));
    }

    private static List<Document> Made(int count) => Enumerable.Range(0, count)
        .Select(i => new Document($"This is the first sentence of document number {i} here. And the second one of number {i} says as many words as that.", $"made:{i}"))
        .ToList();
}
