namespace Plinth.Data.Formats;

/// <summary>Kinds of values in Thrift's compact protocol, by the number that stands for each in a file.</summary>
internal enum ThriftKind : byte
{
    True = 1,
    False = 2,
    Byte = 3,
    Short = 4,
    Int = 5,
    Long = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
    Uuid = 13,
}

/// <summary>What a field holds.</summary>
/// <param name="Kind">Its kind; the whole numbers but a byte are read alike, and so are both truth values.</param>
/// <param name="Record">Of a record, or a list of records, what those hold.</param>
/// <param name="Item">Of a list, the kind of its items.</param>
internal sealed record ThriftField(ThriftKind Kind, ThriftShape? Record = null, ThriftKind Item = ThriftKind.Struct)
{
    public static ThriftField Flag { get; } = new(ThriftKind.True);

    public static ThriftField SmallWhole { get; } = new(ThriftKind.Byte);

    public static ThriftField Whole { get; } = new(ThriftKind.Long);

    public static ThriftField Real { get; } = new(ThriftKind.Double);

    public static ThriftField Binary { get; } = new(ThriftKind.Binary);

    public static ThriftField Of(ThriftShape record) => new(ThriftKind.Struct, record);

    public static ThriftField ListOf(ThriftShape record) => new(ThriftKind.List, record);

    public static ThriftField ListOf(ThriftField item) => new(ThriftKind.List, null, item.Kind);

    /// <summary>Whether a value of the kind is read as one of the other.</summary>
    public static bool IsAlike(ThriftKind one, ThriftKind other) => Class(one) == Class(other);

    private static ThriftKind Class(ThriftKind kind) => kind switch
    {
        ThriftKind.Short or ThriftKind.Int => ThriftKind.Long,
        ThriftKind.False => ThriftKind.True,
        _ => kind,
    };
}

/// <summary>What a record holds, by the numbers of its fields; a field without a number here may hold anything.</summary>
internal sealed class ThriftShape(params (int Id, ThriftField Field)[] fields)
{
    private readonly Dictionary<int, ThriftField> fields = fields.ToDictionary(entry => entry.Id, entry => entry.Field);

    /// <summary>A record of which nothing is known.</summary>
    public static ThriftShape Any { get; } = new();

    public ThriftField? Of(int id) => fields.GetValueOrDefault(id);
}
