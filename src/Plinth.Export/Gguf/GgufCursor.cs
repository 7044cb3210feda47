using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Plinth.Core;

namespace Plinth.Export.Gguf;

/// <summary>Walks over the header of a GGUF file and never believes a length that the rest of the file cannot hold.</summary>
internal sealed class GgufCursor
{
    private const int BufferBytes = 1 << 16;

    private static readonly UTF8Encoding strict = new(false, throwOnInvalidBytes: true);

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly byte[] buffer = new byte[BufferBytes];
    private long bufferBegin;
    private int bufferLength;

    public GgufCursor(string path, SafeFileHandle file)
    {
        this.path = path;
        this.file = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The next byte's place.</summary>
    public long Position { get; private set; }

    /// <summary>Fewest bytes that a value takes.</summary>
    public static int SizeOf(Type type) =>
        type == typeof(byte) || type == typeof(sbyte) || type == typeof(bool) ? 1
        : type == typeof(ushort) || type == typeof(short) ? 2
        : type == typeof(uint) || type == typeof(int) || type == typeof(float) ? 4
        : 8;

    /// <summary>A whole number of its own width.</summary>
    public T Number<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.ReadLittleEndian(Take(Unsafe.SizeOf<T>()), isUnsigned: T.MinValue == T.Zero);

    /// <summary>How many things of at least that size follow.</summary>
    public long Count(int smallest, string what)
    {
        var count = Number<ulong>();
        return count <= (ulong)((Length - Position) / smallest) ? (long)count : throw Error($"it claims {count} {what}, more than it can hold");
    }

    /// <summary>A text in UTF-8.</summary>
    public string Text(int longest = int.MaxValue)
    {
        var count = Count(1, "bytes of a text");
        if (count > longest)
        {
            throw Error($"a name has {count} bytes; at most {longest} are read");
        }

        try
        {
            return strict.GetString(Bytes((int)Math.Min(count, int.MaxValue)));
        }
        catch (ArgumentException error)
        {
            throw Error("a text is not UTF-8", error);
        }
    }

    /// <summary>A value of metadata.</summary>
    public object Value(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => Number<byte>(),
        TypeCode.SByte => Number<sbyte>(),
        TypeCode.UInt16 => Number<ushort>(),
        TypeCode.Int16 => Number<short>(),
        TypeCode.UInt32 => Number<uint>(),
        TypeCode.Int32 => Number<int>(),
        TypeCode.UInt64 => Number<ulong>(),
        TypeCode.Int64 => Number<long>(),
        TypeCode.Single => BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
        TypeCode.Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
        TypeCode.Boolean => Number<byte>() is var flag and <= 1 ? flag == 1 : throw Error("a truth value is neither 0 nor 1"),
        _ => Text(),
    };

    /// <summary>The next bytes.</summary>
    public byte[] Bytes(int count)
    {
        if (count > Length - Position)
        {
            throw Error("it ends too early");
        }

        var result = new byte[count];
        for (var done = 0; done < count;)
        {
            var piece = Take(Math.Min(BufferBytes, count - done));
            piece.CopyTo(result.AsSpan(done));
            done += piece.Length;
        }

        return result;
    }

    /// <summary>An error about this file.</summary>
    public CheckpointException Error(string what, Exception? inner = null)
    {
        var message = $"The GGUF file '{path}' cannot be used: {what} (at byte {Position}). Download or write the file again.";
        return inner is null ? new(message) : new(message, inner);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Position + count > bufferBegin + bufferLength)
        {
            bufferBegin = Position;
            bufferLength = 0;
            for (int read; bufferLength < BufferBytes && (read = RandomAccess.Read(file, buffer.AsSpan(bufferLength), bufferBegin + bufferLength)) > 0; bufferLength += read)
            {
            }

            if (count > bufferLength)
            {
                throw Error("it ends too early");
            }
        }

        var span = buffer.AsSpan((int)(Position - bufferBegin), count);
        Position += count;
        return span;
    }
}
