using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>Several weight files of a folder as one source.</summary>
internal sealed class ShardedWeights : IWeightSource
{
    private readonly List<IWeightSource> shards = [];
    private readonly Dictionary<string, IWeightSource> holders = [];
    private readonly Dictionary<string, WeightEntry> entries = [];

    private ShardedWeights(string index) => Location = index;

    public string Location { get; }

    public IReadOnlyDictionary<string, WeightEntry> Entries => entries;

    /// <exception cref="CheckpointException">The index or a shard is malformed, or they contradict each other.</exception>
    public static ShardedWeights Open(string index, Func<string, IWeightSource> open)
    {
        var folder = Path.GetDirectoryName(index) ?? "";
        var map = ShardIndex.Read(index);
        var source = new ShardedWeights(index);
        try
        {
            foreach (var file in map.Values.Distinct().Order(StringComparer.Ordinal))
            {
                source.Add(open(Path.Combine(folder, file)));
            }

            foreach (var (name, file) in map)
            {
                var path = Path.Combine(folder, file);
                if (source.holders.GetValueOrDefault(name)?.Location != path)
                {
                    throw WeightFileError.Of(index, name, $"should be in '{path}', which does not hold it; index and shards are not of one checkpoint", null);
                }
            }

            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public Tensor Read(string name) => Holder(name).Read(name);

    public void ReadInto(string name, Tensor target) => Holder(name).ReadInto(name, target);

    public Tensor Map(string name) => Holder(name).Map(name);

    public void Dispose()
    {
        foreach (var shard in shards)
        {
            shard.Dispose();
        }
    }

    private IWeightSource Holder(string name) => holders.GetValueOrDefault(name) ?? throw WeightFileError.Missing(Location, name, holders.Keys);

    private void Add(IWeightSource shard)
    {
        shards.Add(shard);
        foreach (var (name, entry) in shard.Entries)
        {
            if (!holders.TryAdd(name, shard))
            {
                throw WeightFileError.Of(Location, name, $"is in two files, '{holders[name].Location}' and '{shard.Location}'", null);
            }

            entries.Add(name, entry);
        }
    }
}
