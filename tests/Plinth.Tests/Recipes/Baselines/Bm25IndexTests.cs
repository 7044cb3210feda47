using Plinth.Recipes.Baselines;
using Xunit;

namespace Plinth.Tests.Recipes.Baselines;

public sealed class Bm25IndexTests
{
    [Fact]
    public void A_rare_word_finds_its_document_among_thousands()
    {
        var random = new Random(1);
        var documents = Enumerable.Range(0, 3000).Select(i => $"common words {random.Next(9)} and unique{i} more common words").ToList();
        using var index = Bm25Index.Build(documents);
        foreach (var i in new[] { 0, 17, 1500, 2999 })
        {
            Assert.Equal(i, index.Search($"the common unique{i}", 10)[0]);
        }
        Assert.Equal(10, index.Search("common", 10).Count);
    }

    [Fact]
    public void Identifiers_are_found_by_their_parts_and_words_by_their_stem()
    {
        using var index = Bm25Index.Build(["Opens a stream.", "See ReadOnlyMemoryPool for details.", "HTTPServer2 accepts connections"]);
        Assert.Equal([1], index.Search("memory pool", 5));
        Assert.Equal([2], index.Search("http connection", 5));
        Assert.Equal([0], index.Search("opening streams", 5));
    }

    [Fact]
    public void Shorter_documents_and_repeated_words_rank_higher()
    {
        using var index = Bm25Index.Build(["lion with many other words around it here", "lion", "lion lion lion with words", "tiger"]);
        Assert.Equal(3, index.Search("lion", 5).Count);
        Assert.Equal(0, index.Search("lion", 5)[^1]);
    }

    [Theory]
    [InlineData("a:b AND (c OR")]
    [InlineData("\"\\*?~^[x TO y]{")]
    [InlineData("+-&&||!")]
    [InlineData("")]
    [InlineData("\0\uD800")]
    public void No_character_of_a_query_has_a_special_meaning(string query)
    {
        using var index = Bm25Index.Build(["alpha", "beta"]);
        Assert.Empty(index.Search(query, 3));
        Assert.Equal([1], index.Search(query + " beta", 3));
    }

    [Fact]
    public void Long_queries_and_empty_collections_are_no_obstacle()
    {
        using var index = Bm25Index.Build(["word7", "other"]);
        Assert.Equal([0], index.Search(string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"word{i}")), 3));
        using var empty = Bm25Index.Build([]);
        Assert.Empty(empty.Search("word", 3));
    }
}
