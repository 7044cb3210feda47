namespace Plinth.Data.Formats;

/// <summary>
/// Walks a record of Thrift's compact protocol without building anything, so that the sizes it claims are known to be true, and its fields to hold what
/// they should, before a reader trusts them. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
/// </summary>
internal ref struct ThriftWalk(ReadOnlySpan<byte> bytes)
{
    private const int Deepest = 32, LongestSize = 5, LongestNumber = 10;
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Bytes walked over.</summary>
    public int Position { get; private set; }

    /// <summary>Walks over one record.</summary>
    /// <param name="shape">What it holds.</param>
    /// <param name="numbers">Receives the whole numbers of its own fields, not of records inside it, the last of each; or null.</param>
    /// <returns>False when it claims more than there is, or is no such record.</returns>
    public bool Record(ThriftShape shape, Dictionary<int, long>? numbers = null, int depth = 0)
    {
        var id = 0L;
        while (depth <= Deepest && Position < bytes.Length)
        {
            var header = bytes[Position++];
            if (header == 0)
            {
                return true;
            }

            if (header >> 4 is var step && step != 0)
            {
                id += step;
            }
            else if (!Number(out id))
            {
                return false;
            }

            var kind = (ThriftKind)(header & 15);
            // Readers keep 16 bits of a field's number, in which a larger one would be another's.
            if (id is < short.MinValue or > short.MaxValue || shape.Of((int)id) is var field && field is not null && !ThriftField.IsAlike(kind, field.Kind))
            {
                return false;
            }

            if (kind is ThriftKind.Byte or ThriftKind.Short or ThriftKind.Int or ThriftKind.Long)
            {
                if (!Whole(kind, out var number))
                {
                    return false;
                }

                if (numbers is not null)
                {
                    numbers[(int)id] = number;
                }
            }
            // The kind of a truth value is its value.
            else if (kind is not (ThriftKind.True or ThriftKind.False) && !Value(kind, field, depth))
            {
                return false;
            }
        }

        return false;
    }

    private bool Value(ThriftKind kind, ThriftField? field, int depth) => kind switch
    {
        ThriftKind.Byte or ThriftKind.Short or ThriftKind.Int or ThriftKind.Long => Whole(kind, out _),
        ThriftKind.Double => Skip(8),
        ThriftKind.Binary => Size(out var length) && Skip(length),
        ThriftKind.List or ThriftKind.Set => Items(field, depth),
        ThriftKind.Map => Pairs(depth),
        ThriftKind.Struct => Record(field?.Record ?? ThriftShape.Any, null, depth + 1),
        ThriftKind.Uuid => Skip(16),
        // Truth values in a list take a byte each, and the library takes none where it skips them: two billion then cost nothing to write. No file has them.
        _ => false,
    };

    private bool Items(ThriftField? field, int depth)
    {
        if (depth > Deepest || Position >= bytes.Length)
        {
            return false;
        }

        var header = bytes[Position++];
        var (count, kind) = (header >> 4, (ThriftKind)(header & 15));
        if (count == 15 && !Size(out count))
        {
            return false;
        }

        // Every item takes at least a byte. What an empty list would hold says nothing.
        if (count > bytes.Length - Position || (count > 0 && field is not null && !ThriftField.IsAlike(kind, field.Item)))
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!Value(kind, field, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool Pairs(int depth)
    {
        if (depth > Deepest || !Size(out var count) || count > bytes.Length - Position)
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        var kinds = bytes[Position++];
        for (var i = 0; i < count; i++)
        {
            if (!Value((ThriftKind)(kinds >> 4), null, depth + 1) || !Value((ThriftKind)(kinds & 15), null, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool Whole(ThriftKind kind, out long number)
    {
        if (kind != ThriftKind.Byte)
        {
            return Number(out number);
        }

        number = Position < bytes.Length ? (sbyte)bytes[Position] : 0;
        return Skip(1);
    }

    private bool Number(out long number)
    {
        var isThere = Varint(LongestNumber, out var zigzag);
        number = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return isThere;
    }

    private bool Size(out int size)
    {
        var isThere = Varint(LongestSize, out var value) && value <= int.MaxValue;
        size = isThere ? (int)value : 0;
        return isThere;
    }

    private bool Varint(int longest, out ulong value)
    {
        value = 0;
        for (var i = 0; i < longest && Position < bytes.Length; i++)
        {
            var part = bytes[Position++];
            value |= (ulong)(part & 127) << (7 * i);
            if (part < 128)
            {
                return true;
            }
        }

        return false;
    }

    private bool Skip(int count)
    {
        if (count < 0 || count > bytes.Length - Position)
        {
            return false;
        }

        Position += count;
        return true;
    }
}
