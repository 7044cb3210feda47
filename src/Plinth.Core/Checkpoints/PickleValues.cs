namespace Plinth.Core.Checkpoints;

/// <summary>A function or class that a pickle names; only a name, nothing is looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A block of elements that lies beside the pickle.</summary>
internal sealed record PickledStorage(WeightType Type, string Key, long Count);

/// <summary>A tensor as a pickle describes it: a view of a storage, all numbers in elements.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>The few functions that a pickle of weights may call, done here by hand.</summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, WeightType> storages = new()
    {
        ["DoubleStorage"] = WeightType.Of("F64")!, ["FloatStorage"] = WeightType.Of("F32")!, ["HalfStorage"] = WeightType.Of("F16")!,
        ["BFloat16Storage"] = WeightType.Of("BF16")!, ["LongStorage"] = WeightType.Of("I64")!, ["IntStorage"] = WeightType.Of("I32")!,
        ["ShortStorage"] = WeightType.Of("I16")!, ["CharStorage"] = WeightType.Of("I8")!, ["ByteStorage"] = WeightType.Of("U8")!,
        ["BoolStorage"] = WeightType.Of("BOOL")!,
    };

    /// <summary>Whether a pickle of weights may name this at all.</summary>
    public static bool IsAllowed(PickleGlobal global) => global switch
    {
        { Module: "torch", Name: var name } => storages.ContainsKey(name),
        { Module: "collections", Name: "OrderedDict" } => true,
        { Module: "torch._utils", Name: "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_parameter" } => true,
        _ => false,
    };

    /// <summary>What the call gives, or null when its arguments are not those of a file of weights.</summary>
    public static object? Call(PickleGlobal global, object?[] arguments) => (global.Name, arguments) switch
    {
        ("OrderedDict", []) => new Dictionary<string, object?>(),
        ("_rebuild_tensor" or "_rebuild_tensor_v2", [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..])
            when Numbers(shape) is { } sizes && Numbers(strides) is { } steps => new PickledTensor(storage, offset, sizes, steps),
        ("_rebuild_parameter", [PickledTensor tensor, ..]) => tensor,
        _ => null,
    };

    /// <summary>The storage that a persistent id means, or null.</summary>
    public static PickledStorage? Storage(object? id) =>
        id is object?[] and ["storage", PickleGlobal { Module: "torch" } type, string key, string, long count, ..] and not [_, _, _, _, _, not null, ..] && count >= 0 && storages.TryGetValue(type.Name, out var element)
            ? new(element, key, count)
            : null;

    private static long[]? Numbers(object?[] values) => values.All(value => value is long) ? [.. values.Cast<long>()] : null;
}
