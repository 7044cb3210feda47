namespace Plinth.Data.Formats;

/// <summary>
/// Walks a record of Thrift's compact protocol without building anything, so that the sizes it claims are known to be true
/// before a reader trusts them. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
/// </summary>
internal ref struct ThriftWalk(ReadOnlySpan<byte> bytes)
{
    private const int True = 1, False = 2, Byte = 3, Short = 4, Int = 5, Long = 6, Double = 7, Binary = 8, List = 9, Set = 10, Map = 11, Struct = 12, Uuid = 13;
    private const int Deepest = 32;
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Bytes walked over.</summary>
    public int Position { get; private set; }

    /// <summary>Walks over one record.</summary>
    /// <param name="numbers">Receives the whole numbers of its own fields, not of records inside it; or null.</param>
    /// <returns>False when it claims more than there is, or is no such record.</returns>
    public bool Record(Dictionary<int, long>? numbers = null, int depth = 0)
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

            var kind = header & 15;
            if (kind is Byte or Short or Int or Long)
            {
                if (!Whole(kind, out var number))
                {
                    return false;
                }

                numbers?.TryAdd((int)Math.Clamp(id, int.MinValue, int.MaxValue), number);
            }
            else if (kind is not (True or False) && !Value(kind, depth))
            {
                return false;
            }
        }

        return false;
    }

    private bool Value(int kind, int depth) => kind switch
    {
        // Inside a list a truth value takes a byte.
        True or False => Skip(1),
        Byte or Short or Int or Long => Whole(kind, out _),
        Double => Skip(8),
        Binary => Length(out var length) && Skip(length),
        List or Set => Items(depth),
        Map => Pairs(depth),
        Struct => Record(null, depth + 1),
        Uuid => Skip(16),
        _ => false,
    };

    private bool Items(int depth)
    {
        if (depth > Deepest || Position >= bytes.Length)
        {
            return false;
        }

        var header = bytes[Position++];
        ulong count = (uint)header >> 4;
        if (count == 15 && !Varint(out count))
        {
            return false;
        }

        // Every item takes at least a byte.
        if (count > (ulong)(bytes.Length - Position))
        {
            return false;
        }

        for (var i = 0UL; i < count; i++)
        {
            if (!Value(header & 15, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool Pairs(int depth)
    {
        if (depth > Deepest || !Varint(out var count) || count > (ulong)(bytes.Length - Position))
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        var kinds = bytes[Position++];
        for (var i = 0UL; i < count; i++)
        {
            if (!Value(kinds >> 4, depth + 1) || !Value(kinds & 15, depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool Whole(int kind, out long number)
    {
        if (kind != Byte)
        {
            return Number(out number);
        }

        number = Position < bytes.Length ? (sbyte)bytes[Position] : 0;
        return Skip(1);
    }

    private bool Number(out long number)
    {
        var isThere = Varint(out var zigzag);
        number = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return isThere;
    }

    private bool Length(out long length)
    {
        var isThere = Varint(out var value) && value <= int.MaxValue;
        length = isThere ? (long)value : 0;
        return isThere;
    }

    private bool Varint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && Position < bytes.Length; shift += 7)
        {
            var part = bytes[Position++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return true;
            }
        }

        return false;
    }

    private bool Skip(long count)
    {
        if (count < 0 || count > bytes.Length - Position)
        {
            return false;
        }

        Position += (int)count;
        return true;
    }
}
