using System.Security.Cryptography;
using System.Text.Json;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Recipes.Records;

namespace Plinth.Recipes;

/// <summary>Which part of a corpus is meant.</summary>
internal enum CorpusPart
{
    /// <summary>What is learnt from.</summary>
    Training,

    /// <summary>What is held out.</summary>
    Validation,
}

/// <summary>The documents of a recipe as tokens. Those of files lie in shards, which are made once and found again; those in memory are encoded there.</summary>
/// <param name="corpus">The documents.</param>
/// <param name="recipe">How they are read and where shards are kept.</param>
/// <param name="tokenizer">Encodes them.</param>
/// <param name="files">The run's folder, for shards that no cache is named for.</param>
/// <param name="hashes">What was read of the documents, to which is added what is read here.</param>
/// <param name="remark">Told why shards are made anew, or null.</param>
internal sealed class EncodedCorpus(CorpusSplit corpus, CorpusRecipe recipe, Tokenizer tokenizer, RunFiles files, PathHashes hashes, Action<string>? remark) : IDisposable
{
    private readonly Lazy<string> tokenizerHash = new(() => HashOf(tokenizer));
    private readonly List<TokenStore> stores = [];

    /// <summary>Encodes a part of each source that has documents in it, or finds it encoded.</summary>
    /// <param name="part">Which.</param>
    /// <param name="options">How it is encoded.</param>
    /// <param name="progress">Told now and then how far it is, or null.</param>
    /// <param name="cancellation">Stops the work.</param>
    public IReadOnlyList<(CorpusSource Source, TokenStore Store)> Stores(CorpusPart part, TokenStoreOptions options, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        List<(CorpusSource, TokenStore)> made = [];
        foreach (var source in corpus.Sources)
        {
            var documents = part == CorpusPart.Training ? source.Training : source.Validation;
            if (part == CorpusPart.Validation && !documents.Any())
            {
                continue;
            }

            var store = source.Paths.Count == 0
                ? TokenStore.Encode(documents, tokenizer, options, progress, cancellation)
                : Shards(source, part, documents, options, progress, cancellation);
            stores.Add(store);
            made.Add((source, store));
        }

        return made;
    }

    /// <summary>How much of the mixture comes from each source: by weight, or by the tokens that are learnt from and the temperature.</summary>
    public IReadOnlyDictionary<CorpusSource, double> Shares(IReadOnlyList<(CorpusSource Source, TokenStore Store)> training) =>
        training.ToDictionary(entry => entry.Source, entry => entry.Source.Weight ?? Math.Pow(entry.Store.TokenCount, 1 / recipe.Temperature));

    /// <summary>Whether samples of several sources are mixed.</summary>
    public bool IsMixture => corpus.Sources.Count > 1;

    /// <summary>Id that fills short sequences.</summary>
    public int PadId => TextRow.PadIdOf(tokenizer);

    /// <inheritdoc />
    public void Dispose() => stores.ForEach(store => store.Dispose());

    private TokenStore Shards(CorpusSource source, CorpusPart part, IEnumerable<Document> documents, TokenStoreOptions options, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        var key = KeyOf(source, part, options);
        var folder = recipe.Cache is { } cache ? Path.Combine(cache, key) : Path.Combine(files.Tokens, $"{corpus.Sources.ToList().IndexOf(source)}-{(part == CorpusPart.Training ? "training" : "validation")}");
        return TokenShards.OpenOrEncode(folder, key, documents, tokenizer, options, remark, progress, cancellation);
    }

    // All that the tokens of a part follow from.
    private string KeyOf(CorpusSource source, CorpusPart part, TokenStoreOptions options) => Hashed(new
    {
        tokenizer = tokenizerHash.Value,
        data = source.Paths.Select(path => hashes.Of(path).Hash),
        part,
        recipe.Unit,
        recipe.TextField,
        recipe.MainContentOnly,
        recipe.CodeExtensions,
        recipe.ValidationShare,
        isSplit = recipe.Validation is null,
        options.KeepWordStarts,
        cutsSentences = options.Segments is not null,
    });

    private static string HashOf(Tokenizer tokenizer)
    {
        var folder = Directory.CreateTempSubdirectory("plinth-tokenizer-").FullName;
        try
        {
            tokenizer.Save(folder);
            return new PathHashes().Of(folder).Hash;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Hashed(object value) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value)))[..32];
}
