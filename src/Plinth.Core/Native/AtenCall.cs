using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// One call of any registered ATen operator through libtorch's stable C interface: arguments are pushed in the order of the
/// operator's schema, all of them, then <see cref="Invoke"/>. Gradients, autocast and devices work as in any other call.
/// For operators that TorchSharp has no method for. Arguments of schema type Scalar are not possible.
/// </summary>
public unsafe ref struct AtenCall
{
    private const string Library = "torch_cpu";
    private const int Capacity = 40;

    private fixed ulong slots[Capacity];
    private int count;

    /// <summary>Pushes a tensor.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(Tensor tensor) => ref PushSlot(NewReference(tensor));

    /// <summary>Pushes an integer, a bool (0 or 1) or a dtype number.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(long value) => ref PushSlot((ulong)value);

    /// <summary>Pushes a bool.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(bool value) => ref PushSlot(value ? 1UL : 0);

    /// <summary>Pushes a float.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(double value) => ref PushSlot(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Pushes the None of an optional argument.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall PushNone() => ref PushSlot(0);

    /// <summary>Pushes an optional tensor.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall PushOptional(Tensor? tensor) => ref PushSlot(tensor is null ? 0 : Cell(NewReference(tensor)));

    /// <summary>Pushes an optional float.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall PushOptional(double? value) => ref PushSlot(value is null ? 0 : Cell(BitConverter.DoubleToUInt64Bits(value.Value)));

    /// <summary>Pushes a list of tensors.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Check(torch_new_list_reserve_size((nuint)tensors.Count, out var list), "list");
        for (var i = 0; i < tensors.Count; i++)
        {
            Check(torch_list_push_back(list, NewReference(tensors[i])), "list");
        }

        return ref PushSlot((ulong)list);
    }

    /// <summary>Pushes a list of integers.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref AtenCall Push(ReadOnlySpan<long> values)
    {
        Check(torch_new_list_reserve_size((nuint)values.Length, out var list), "list");
        foreach (var value in values)
        {
            Check(torch_list_push_back(list, (ulong)value), "list");
        }

        return ref PushSlot((ulong)list);
    }

    /// <summary>Calls the operator.</summary>
    /// <param name="name">Qualified name, for example <c>aten::embedding</c>.</param>
    /// <param name="overload">Overload name, or empty.</param>
    /// <exception cref="PlinthException">libtorch refused the call; it writes its own message to the error stream.</exception>
    public void Invoke(string name, string overload = "")
    {
        var operatorName = System.Text.Encoding.UTF8.GetBytes(name + "\0");
        var overloadName = System.Text.Encoding.UTF8.GetBytes(overload + "\0");
        fixed (byte* op = operatorName, over = overloadName)
        {
            fixed (ulong* stack = slots)
            {
                Check(torch_call_dispatcher(op, over, stack, Abi.Version), name);
            }
        }
    }

    /// <summary>A tensor that the operator returned; owned by the current dispose scope.</summary>
    /// <param name="index">Which return value.</param>
    public readonly Tensor Result(int index = 0) => Tensor.UnsafeCreateTensor((nint)slots[index]);

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref AtenCall PushSlot(ulong value)
    {
        if (count == Capacity)
        {
            throw new InvalidOperationException("Too many arguments.");
        }

        slots[count++] = value;
        return ref this;
    }

    // Tensor.Handle is an at::Tensor*, as libtorch's own handle is. The callee frees what it is given, so it gets a new reference.
    private static ulong NewReference(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Check(aoti_torch_new_tensor_handle(tensor.Handle, out var handle), "tensor");
        GC.KeepAlive(tensor);
        return (ulong)handle;
    }

    // An optional is a heap cell that libtorch deletes; NativeMemory.Alloc is malloc, which matches operator delete.
    private static ulong Cell(ulong value)
    {
        var cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    private static void Check(int code, string what)
    {
        if (code != 0)
        {
            throw new PlinthException($"libtorch refused the call '{what}'; its message is on the error stream.");
        }
    }

    private static class Abi
    {
        internal static readonly ulong Version = Load();

        private static ulong Load()
        {
            // The first torch call of the process may be this one.
            TorchRuntime.EnsureLoaded();
            return aoti_torch_abi_version();
        }
    }

#pragma warning disable SYSLIB1054, IDE1006, SA1300 // The names are libtorch's; plain pointers need no generated marshalling.
    [DllImport(Library)]
    private static extern int aoti_torch_new_tensor_handle(nint source, out nint handle);

    [DllImport(Library)]
    private static extern int torch_call_dispatcher(byte* name, byte* overload, ulong* stack, ulong abi);

    [DllImport(Library)]
    private static extern ulong aoti_torch_abi_version();

    [DllImport(Library)]
    private static extern int torch_new_list_reserve_size(nuint size, out nint list);

    [DllImport(Library)]
    private static extern int torch_list_push_back(nint list, ulong value);
#pragma warning restore SYSLIB1054, IDE1006, SA1300
}
