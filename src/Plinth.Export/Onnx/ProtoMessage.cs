using System.Buffers.Binary;
using System.Text;

namespace Plinth.Export.Onnx;

/// <summary>
/// A protocol buffer message to be written: fields in order, sizes known before anything is written, and large bytes produced
/// when their turn comes. (Google.Protobuf holds a message in memory whole, which doubles a model.)
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0, LengthDelimited = 2, FourBytes = 5;

    private readonly List<(byte[] Head, ProtoMessage? Message, long DataLength, Action<Stream>? Data)> fields = [];

    /// <summary>Bytes that the message takes, without its own length in front.</summary>
    public long Size => fields.Sum(entry => entry.Head.Length + (entry.Message is { } message ? VarintSize((ulong)message.Size) + message.Size : entry.DataLength));

    /// <summary>A whole number or enumeration.</summary>
    public ProtoMessage Int(int field, long value)
    {
        using var head = Begin(field, Varint);
        WriteVarint(head, (ulong)value);
        return Add(head.ToArray());
    }

    /// <summary>A 32-bit float.</summary>
    public ProtoMessage Float(int field, float value)
    {
        using var head = Begin(field, FourBytes);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        head.Write(bytes);
        return Add(head.ToArray());
    }

    /// <summary>A text.</summary>
    public ProtoMessage Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes.</summary>
    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        using var head = Begin(field, LengthDelimited);
        WriteVarint(head, (ulong)bytes.Length);
        head.Write(bytes);
        return Add(head.ToArray());
    }

    /// <summary>Bytes that are produced while the message is written.</summary>
    public ProtoMessage Data(int field, long length, Action<Stream> write)
    {
        using var head = Begin(field, LengthDelimited);
        WriteVarint(head, (ulong)length);
        fields.Add((head.ToArray(), null, length, write));
        return this;
    }

    /// <summary>A message inside; it may still grow until this one is written.</summary>
    public ProtoMessage Message(int field, ProtoMessage message)
    {
        using var head = Begin(field, LengthDelimited);
        fields.Add((head.ToArray(), message, 0, null));
        return this;
    }

    /// <summary>Writes the message, without its own length in front.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var (head, message, _, data) in fields)
        {
            stream.Write(head);
            if (message is not null)
            {
                WriteVarint(stream, (ulong)message.Size);
                message.WriteTo(stream);
            }

            data?.Invoke(stream);
        }
    }

    private ProtoMessage Add(byte[] whole)
    {
        fields.Add((whole, null, 0, null));
        return this;
    }

    private static MemoryStream Begin(int field, int wireType)
    {
        var head = new MemoryStream();
        WriteVarint(head, (ulong)((field << 3) | wireType));
        return head;
    }

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }

    private static int VarintSize(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
        {
            size++;
        }

        return size;
    }
}
