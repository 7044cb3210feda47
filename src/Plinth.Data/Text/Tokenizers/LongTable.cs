namespace Plinth.Data.Text;

/// <summary>A table from numbers that are not negative to numbers, made once and then only read: open addressing, one cache line a look-up.</summary>
internal sealed class LongTable
{
    // Files choose the keys; an odd factor of this process's own keeps them from choosing collisions too.
    private static readonly ulong Factor = (ulong)Random.Shared.NextInt64() | 0x8000_0000_0000_0001;

    private Entry[] entries;
    private int shift;

    /// <param name="capacity">How many entries are expected.</param>
    public LongTable(int capacity = 16)
    {
        var bits = Math.Max(4, System.Numerics.BitOperations.Log2((uint)Math.Max(1, capacity)) + 2);
        entries = Empty(bits);
        shift = 64 - bits;
    }

    public int Count { get; private set; }

    /// <summary>Sets the value of a key; of several the last counts.</summary>
    public void Set(long key, long value)
    {
        if (Count * 2 >= entries.Length)
        {
            Grow();
        }

        ref var entry = ref Find(key);
        if (entry.Key < 0)
        {
            Count++;
        }

        entry = new(key, value);
    }

    public bool TryGet(long key, out long value)
    {
        var entry = Find(key);
        value = entry.Value;
        return entry.Key >= 0;
    }

    /// <summary>The value of a key, or another one when there is none.</summary>
    public long Get(long key, long otherwise)
    {
        var entry = Find(key);
        return entry.Key >= 0 ? entry.Value : otherwise;
    }

    private ref Entry Find(long key)
    {
        var all = entries;
        for (var at = (int)(((ulong)key * Factor) >> shift); ; at = at + 1 == all.Length ? 0 : at + 1)
        {
            if (all[at].Key == key || all[at].Key < 0)
            {
                return ref all[at];
            }
        }
    }

    private void Grow()
    {
        var old = entries;
        entries = Empty(64 - shift + 1);
        shift--;
        foreach (var entry in old)
        {
            if (entry.Key >= 0)
            {
                Find(entry.Key) = entry;
            }
        }
    }

    private static Entry[] Empty(int bits)
    {
        var made = new Entry[1 << bits];
        Array.Fill(made, new(-1, 0));
        return made;
    }

    private readonly record struct Entry(long Key, long Value);
}
