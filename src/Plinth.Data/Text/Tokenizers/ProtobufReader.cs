using System.Buffers.Binary;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Walks over the fields of a message in the wire form of Protocol Buffers, within the bytes it was given.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string where)
{
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> rest = message;
    private int wireType;

    /// <summary>The number of the field that <see cref="Next" /> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; its value must be read or skipped before the one after.</summary>
    public bool Next()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        var key = ReadVarint();
        (Field, wireType) = ((int)(key >> 3), (int)(key & 7));
        return Field > 0 && key >> 3 <= int.MaxValue ? true : throw Damaged("a field has no number");
    }

    public long Number() => wireType == 0 ? (long)ReadVarint() : throw Damaged($"field {Field} should be a number");

    public bool Flag() => Number() != 0;

    public float Single() => wireType == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Damaged($"field {Field} should be a float");

    public ReadOnlySpan<byte> Bytes()
    {
        if (wireType != 2)
        {
            throw Damaged($"field {Field} should be text or a message");
        }

        var length = ReadVarint();
        return length <= (ulong)rest.Length ? Take((int)length) : throw Damaged($"field {Field} is longer than its message");
    }

    public string Text() => System.Text.Encoding.UTF8.GetString(Bytes());

    /// <summary>A message in the message.</summary>
    public ProtobufReader Message() => new(Bytes(), where);

    public void Skip()
    {
        switch (wireType)
        {
            case 0: ReadVarint(); break;
            case 1: Take(8); break;
            case 2: Bytes(); break;
            case 5: Take(4); break;
            default: throw Damaged($"field {Field} has the wire type {wireType}");
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < LongestVarint && i < rest.Length; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] >= 0x80)
            {
                continue;
            }

            rest = rest[(i + 1)..];
            return value;
        }
        throw Damaged("a number does not end");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            throw Damaged($"field {Field} is cut off");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private readonly BadInputException Damaged(string what) => new($"{where} is not a SentencePiece model, or it is damaged: {what}.");
}
