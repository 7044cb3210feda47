using System.Globalization;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Plinth.Recipes.Baselines;

/// <summary>
/// The classical search: BM25 (Robertson and others 1994) of Lucene over stemmed words, without stop words, and with
/// identifiers found by their parts too.
/// </summary>
public sealed class Bm25Index : IDisposable
{
    private const string TextField = "text";
    private const string NumberField = "number";
    private const int MaximumTerms = 1024;

    private readonly Analyzer analyzer;
    private readonly RAMDirectory directory;
    private readonly DirectoryReader reader;
    private readonly IndexSearcher searcher;

    private Bm25Index(Analyzer analyzer, RAMDirectory directory)
    {
        this.analyzer = analyzer;
        this.directory = directory;
        reader = DirectoryReader.Open(directory);
        searcher = new(reader) { Similarity = new BM25Similarity() };
    }

    /// <summary>Indexes the documents in memory.</summary>
    public static Bm25Index Build(IReadOnlyList<string> documents)
    {
        var analyzer = new EnglishAnalyzer(LuceneVersion.LUCENE_48);
        var directory = new RAMDirectory();
        using (var writer = new IndexWriter(directory, new IndexWriterConfig(LuceneVersion.LUCENE_48, analyzer) { Similarity = new BM25Similarity() }))
        {
            for (var i = 0; i < documents.Count; i++)
            {
                writer.AddDocument([new TextField(TextField, Prepared(documents[i]), Field.Store.NO), new StoredField(NumberField, i)]);
            }
        }
        return new(analyzer, directory);
    }

    /// <summary>The documents that fit best, the best first; fewer than asked where fewer share a word with the query.</summary>
    /// <param name="query">Any text; no character has a special meaning.</param>
    /// <param name="top">How many at most.</param>
    /// <returns>Positions in the list that was indexed.</returns>
    public IReadOnlyList<int> Search(string query, int top)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        var parts = new BooleanQuery();
        // Built from terms, not parsed: a query's brackets and colons are text.
        foreach (var (term, count) in Terms(query).GroupBy(term => term).Take(MaximumTerms).Select(group => (group.Key, group.Count())))
        {
            parts.Add(new TermQuery(new Term(TextField, term)) { Boost = count }, Occur.SHOULD);
        }
        return [.. searcher.Search(parts, top).ScoreDocs.Select(hit =>
            int.Parse(searcher.Doc(hit.Doc).Get(NumberField, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        reader.Dispose();
        directory.Dispose();
        analyzer.Dispose();
    }

    private static string Prepared(string text) => string.Join(' ', Words.TermsWithParts(text));

    private List<string> Terms(string text)
    {
        var terms = new List<string>();
        using var stream = analyzer.GetTokenStream(TextField, Prepared(text));
        var term = stream.AddAttribute<ICharTermAttribute>();
        stream.Reset();
        while (stream.IncrementToken())
        {
            terms.Add(term.ToString()!);
        }
        stream.End();
        return terms;
    }
}
