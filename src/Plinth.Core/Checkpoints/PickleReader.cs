using System.Buffers.Binary;
using System.Text;

namespace Plinth.Core.Checkpoints;

/// <summary>
/// Reads the pickle of a file of weights without running anything: it knows the few opcodes and names that such files need, and
/// refuses every other by name. Gives dictionaries, tuples (arrays), lists, texts, numbers and <see cref="PickledTensor"/>.
/// </summary>
internal sealed class PickleReader(string path, ReadOnlyMemory<byte> pickle)
{
    private const int DeepestStack = 5_000_000, DeepestMarks = 100;

    private static readonly UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<long, object?> memo = [];
    private readonly Dictionary<string, PickledStorage> storages = new(StringComparer.Ordinal);
    private int position;

    /// <summary>Bytes read so far; several pickles may follow each other.</summary>
    public int Position => position;

    /// <summary>The blocks of elements that the pickles read so far speak of, by key.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => storages;

    /// <summary>The one value of the next pickle.</summary>
    /// <exception cref="CheckpointException">The pickle is malformed or asks for what a file of weights does not need.</exception>
    public object? Read()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        while (true)
        {
            var code = Byte();
            if (code == '.')
            {
                return stack.Count == 1 && marks.Count == 0 ? stack[0] : throw Bad("ends with another number of values than one");
            }

            Do(code);
            if (stack.Count > DeepestStack)
            {
                throw Bad("has too many open values");
            }
        }
    }

    private void Do(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                if (Byte() is var protocol && protocol > 5)
                {
                    throw Bad($"has the unknown protocol {protocol}");
                }

                break;
            case 0x95: Bytes(8); break;                                             // FRAME
            case (byte)'}': stack.Add(new Dictionary<string, object?>()); break;    // EMPTY_DICT
            case (byte)')': stack.Add(Array.Empty<object?>()); break;               // EMPTY_TUPLE
            case (byte)']': stack.Add(new List<object?>()); break;                  // EMPTY_LIST
            case (byte)'N': stack.Add(null); break;                                 // NONE
            case 0x88: stack.Add(true); break;                                      // NEWTRUE
            case 0x89: stack.Add(false); break;                                     // NEWFALSE
            case (byte)'K': stack.Add((long)Byte()); break;                         // BININT1
            case (byte)'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break; // BININT2
            case (byte)'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;  // BININT
            case 0x8A: stack.Add(LongNumber()); break;                              // LONG1
            case (byte)'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;          // BINFLOAT
            case (byte)'X': stack.Add(Text(Length32())); break;                     // BINUNICODE
            case 0x8C: stack.Add(Text(Byte())); break;                              // SHORT_BINUNICODE
            case (byte)'U': stack.Add(Text(Byte())); break;                         // SHORT_BINSTRING
            case (byte)'T': stack.Add(Text(Length32())); break;                     // BINSTRING
            case (byte)'(':                                                         // MARK
                marks.Push(marks.Count < DeepestMarks ? stack.Count : throw Bad("is nested too deeply"));
                break;
            case (byte)'t': stack.Add(PopToMark()); break;                          // TUPLE
            case 0x85: stack.Add(Pop(1)); break;                                    // TUPLE1
            case 0x86: stack.Add(Pop(2)); break;                                    // TUPLE2
            case 0x87: stack.Add(Pop(3)); break;                                    // TUPLE3
            case (byte)'q': memo[Byte()] = Top(); break;                            // BINPUT
            case (byte)'r': memo[Length32()] = Top(); break;                        // LONG_BINPUT
            case 0x94: memo[memo.Count] = Top(); break;                             // MEMOIZE
            case (byte)'h': stack.Add(Recall(Byte())); break;                       // BINGET
            case (byte)'j': stack.Add(Recall(Length32())); break;                   // LONG_BINGET
            case (byte)'s': SetItems(Pop(2)); break;                                // SETITEM
            case (byte)'u': SetItems(PopToMark()); break;                           // SETITEMS
            case (byte)'a': Append(Pop(1)); break;                                  // APPEND
            case (byte)'e': Append(PopToMark()); break;                             // APPENDS
            case (byte)'c': stack.Add(Global(Line(), Line())); break;               // GLOBAL
            case 0x93:                                                              // STACK_GLOBAL
                stack.Add(Pop(2) is [string module, string name] ? Global(module, name) : throw Bad("names a global by something that is no text"));
                break;
            case (byte)'Q':                                                         // BINPERSID
                stack.Add(Storage(Pop(1)[0]));
                break;
            case (byte)'R': Reduce(); break;                                        // REDUCE
            case (byte)'b': Build(); break;                                         // BUILD
            default: throw Bad($"uses the opcode 0x{code:X2}, which a file of weights does not need");
        }
    }

    private PickledStorage Storage(object? id)
    {
        var storage = PickleGlobals.Storage(id) ?? throw Bad("refers to data in another way than PyTorch does, or to a view into another storage");
        return storages.TryAdd(storage.Key, storage) || storages[storage.Key] == storage
            ? storage
            : throw Bad($"speaks of the storage {WeightFileError.Quote(storage.Key)} in two ways");
    }

    private void Reduce()
    {
        var call = Pop(2);
        if (call is not [PickleGlobal global, object?[] arguments])
        {
            throw Bad("calls something that is no function");
        }

        stack.Add(PickleGlobals.Call(global, arguments) ?? throw Bad($"calls {global} with arguments that a file of weights has not"));
    }

    // torch puts version notes beside the weights as attributes of the dictionary; they carry no weight.
    private void Build()
    {
        var state = Pop(1)[0];
        if (state is not Dictionary<string, object?> || Top() is not Dictionary<string, object?>)
        {
            throw Bad("sets the state of something that is no dictionary");
        }
    }

    private PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return PickleGlobals.IsAllowed(global) ? global : throw Bad($"asks for {WeightFileError.Quote(global.ToString())}, which a file of weights does not need; nothing was run");
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not Dictionary<string, object?> table || items.Length % 2 != 0)
        {
            throw Bad("puts items into something that is no dictionary");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not string key || !table.TryAdd(key, items[i + 1]))
            {
                throw Bad($"has a key that is no text or comes twice: {WeightFileError.Quote(items[i] as string ?? items[i]?.GetType().Name ?? "None")}");
            }
        }
    }

    private void Append(object?[] items)
    {
        if (Top() is not List<object?> list)
        {
            throw Bad("appends to something that is no list");
        }

        list.AddRange(items);
    }

    private object? Recall(long index) => memo.TryGetValue(index, out var value) ? value : throw Bad($"recalls value {index}, which it never stored");

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Bad("uses a value that is not there");

    private int Floor => marks.TryPeek(out var mark) ? mark : 0;

    private object?[] PopToMark()
    {
        if (!marks.TryPop(out var mark))
        {
            throw Bad("closes what it never opened");
        }

        return Take(mark);
    }

    private object?[] Pop(int count) => stack.Count - count >= Floor ? Take(stack.Count - count) : throw Bad("uses values that are not there");

    private object?[] Take(int begin)
    {
        var values = stack[begin..].ToArray();
        stack.RemoveRange(begin, stack.Count - begin);
        return values;
    }

    private byte Byte() => Bytes(1)[0];

    private long Length32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    private ReadOnlySpan<byte> Bytes(long count)
    {
        if (count > pickle.Length - position)
        {
            throw Bad("is cut off");
        }

        var bytes = pickle.Span.Slice(position, (int)count);
        position += (int)count;
        return bytes;
    }

    private long LongNumber()
    {
        var bytes = Bytes(Byte());
        if (bytes.Length > sizeof(long))
        {
            throw Bad("has a number beyond 64 bits");
        }

        var number = bytes.Length > 0 && bytes[^1] >= 0x80 ? -1L : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            number = (number << 8) | bytes[i];
        }

        return number;
    }

    private string Line()
    {
        var end = pickle.Span[position..].IndexOf((byte)'\n');
        var line = Text(end >= 0 ? end : throw Bad("is cut off"));
        position++;
        return line;
    }

    private string Text(long length)
    {
        try
        {
            return utf8.GetString(Bytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw Bad("has a text that is not UTF-8");
        }
    }

    private CheckpointException Bad(string what) => WeightFileError.Of(path, $"its pickle {what} (at byte {position})");
}
