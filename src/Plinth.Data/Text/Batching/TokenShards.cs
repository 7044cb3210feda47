using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Batching;

/// <summary>
/// An encoded corpus as files of a folder: written once, streamed, and mapped into memory from then on, so that a corpus may be larger than
/// the memory and a second run need not encode it again.
/// </summary>
/// <remarks>A folder holds a file of numbers for each column, little end first, and a seal with the hash of each. It is there whole or not at all.</remarks>
public static class TokenShards
{
    /// <summary>The file that seals a folder.</summary>
    public const string SealName = "seal.json";

    // Raise it when columns come to mean something else.
    private const int Version = 1;

    private static readonly RecordFile sealFile = new("seal of token shards", "Remove the folder.") { Json = new(RecordFile.PlainJson) { PropertyNamingPolicy = null } };

    /// <summary>The store of a folder, or a new one where there is none that holds.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="key">Names all that the tokens follow from; a folder with another one is made anew.</param>
    /// <param name="documents">The texts; read one by one, if they have to be.</param>
    /// <param name="tokenizer">Encodes them without special tokens.</param>
    /// <param name="options">Segments, words and threads.</param>
    /// <param name="remark">Told why a folder that was there is made anew, or null.</param>
    /// <param name="progress">Told now and then how far encoding is.</param>
    /// <param name="cancellation">Stops the work; what was there before stays.</param>
    /// <exception cref="BadInputException">There are no tokens, or the documents cannot be read.</exception>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public static TokenStore OpenOrEncode(
        string folder, string key, IEnumerable<Document> documents, Tokenizer tokenizer, TokenStoreOptions? options = null,
        Action<string>? remark = null, IProgress<EncodeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(tokenizer);
        AtomicFolder.Recover(folder);
        if (Open(folder, key, remark) is { } known)
        {
            return known;
        }

        var layout = TokenStoreLayout.Of(tokenizer, options ?? new(), hasSources: true);
        try
        {
            AtomicFolder.Write(folder, fresh =>
            {
                using (var columns = new ColumnFolder(fresh))
                {
                    new TokenStoreBuilder(tokenizer, options ?? new(), layout, columns).Encode(documents, progress, cancellation);
                }

                Seal(fresh, key, layout);
            });
        }
        catch (PlinthException) when (Open(folder, key, null) is { } others)
        {
            // Another process made the same folder of a shared cache at the same time, and was first.
            return others;
        }

        return new(new ColumnFolder(folder), layout);
    }

    /// <summary>The store of a folder, or null where there is none that holds.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="key">What it must be made from.</param>
    /// <param name="remark">Told what is wrong with a folder that is there, or null.</param>
    public static TokenStore? Open(string folder, string key, Action<string>? remark = null)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        ColumnFolder? columns = null;
        TokenStore? store = null;
        try
        {
            var seal = sealFile.Read<ShardSeal>(Path.Combine(folder, SealName));
            if (seal.Version == Version && seal.Key == key)
            {
                var isWhole = ColumnsOf(seal.Layout).AsParallel().All(name => seal.Files.GetValueOrDefault(name) == FileHash.Of(Path.Combine(folder, ColumnFolder.FileOf(name))));
                if (isWhole && (store = new(columns = new(folder), seal.Layout)).IsConsistent())
                {
                    return store;
                }

                remark?.Invoke($"The token shards in {folder} are damaged and are made anew.");
            }
            else
            {
                remark?.Invoke($"The token shards in {folder} were made from other data, another tokenizer or other options, and are made anew.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlinthException or JsonException or AggregateException or ArgumentOutOfRangeException)
        {
            remark?.Invoke($"The token shards in {folder} cannot be read and are made anew: {(error.InnerException ?? error).Message}");
        }

        columns?.Dispose();
        return null;
    }

    private static void Seal(string folder, string key, TokenStoreLayout layout) => sealFile.Write(Path.Combine(folder, SealName), new ShardSeal(
        Version, key, layout, ColumnsOf(layout).AsParallel().Select(name => (name, Hash: FileHash.Of(Path.Combine(folder, ColumnFolder.FileOf(name))))).ToDictionary(file => file.name, file => file.Hash)));

    private static IEnumerable<string> ColumnsOf(TokenStoreLayout layout) =>
    [
        TokenStore.Ids, TokenStore.Documents, TokenStore.Segments,
        .. layout.HasWordStarts ? [TokenStore.Words] : (string[])[],
        .. layout.HasSources ? [DocumentSources.Places, DocumentSources.Names] : (string[])[],
    ];

    /// <summary>What a folder holds, and what it was made from.</summary>
    private sealed record ShardSeal(int Version, string Key, TokenStoreLayout Layout, Dictionary<string, string> Files);
}
