using static Plinth.Data.Formats.ThriftField;

namespace Plinth.Data.Formats;

/// <summary>
/// The records in which a Parquet file tells of itself. The library trusts that each field holds what the format says; one that does not would make it
/// take the bytes that follow for counts and lengths. https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
/// </summary>
internal static class ParquetShapes
{
    private static readonly ThriftShape statistics = new((1, Binary), (2, Binary), (3, Whole), (4, Whole), (5, Binary), (6, Binary), (7, Flag), (8, Flag));

    private static readonly ThriftShape sizes = new((1, Whole), (2, ListOf(Whole)), (3, ListOf(Whole)));

    private static readonly ThriftShape box = new((1, Real), (2, Real), (3, Real), (4, Real), (5, Real), (6, Real), (7, Real), (8, Real));

    private static readonly ThriftShape places = new((1, Of(box)), (2, ListOf(Whole)));

    private static readonly ThriftShape timeUnit = new((1, Of(ThriftShape.Any)), (2, Of(ThriftShape.Any)), (3, Of(ThriftShape.Any)));

    private static readonly ThriftShape time = new((1, Flag), (2, Of(timeUnit)));

    private static readonly ThriftShape logicalType = new(
        (1, Of(ThriftShape.Any)), (2, Of(ThriftShape.Any)), (3, Of(ThriftShape.Any)), (4, Of(ThriftShape.Any)), (5, Of(new((1, Whole), (2, Whole)))), (6, Of(ThriftShape.Any)),
        (7, Of(time)), (8, Of(time)), (10, Of(new((1, SmallWhole), (2, Flag)))), (11, Of(ThriftShape.Any)), (12, Of(ThriftShape.Any)), (13, Of(ThriftShape.Any)), (14, Of(ThriftShape.Any)),
        (15, Of(ThriftShape.Any)), (16, Of(new((1, SmallWhole)))), (17, Of(new((1, Binary)))), (18, Of(new((1, Binary), (2, Whole)))));

    private static readonly ThriftShape schemaElement = new(
        (1, Whole), (2, Whole), (3, Whole), (4, Binary), (5, Whole), (6, Whole), (7, Whole), (8, Whole), (9, Whole), (10, Of(logicalType)));

    private static readonly ThriftShape pair = new((1, Binary), (2, Binary));

    private static readonly ThriftShape columnMetaData = new(
        (1, Whole), (2, ListOf(Whole)), (3, ListOf(Binary)), (4, Whole), (5, Whole), (6, Whole), (7, Whole), (8, ListOf(pair)), (9, Whole), (10, Whole), (11, Whole), (12, Of(statistics)),
        (13, ListOf(new ThriftShape((1, Whole), (2, Whole), (3, Whole)))), (14, Whole), (15, Whole), (16, Of(sizes)), (17, Of(places)));

    private static readonly ThriftShape columnKey = new((1, Of(ThriftShape.Any)), (2, Of(new((1, ListOf(Binary)), (2, Binary)))));

    private static readonly ThriftShape columnChunk = new(
        (1, Binary), (2, Whole), (3, Of(columnMetaData)), (4, Whole), (5, Whole), (6, Whole), (7, Whole), (8, Of(columnKey)), (9, Binary));

    private static readonly ThriftShape rowGroup = new(
        (1, ListOf(columnChunk)), (2, Whole), (3, Whole), (4, ListOf(new ThriftShape((1, Whole), (2, Flag), (3, Flag)))), (5, Whole), (6, Whole), (7, Whole));

    private static readonly ThriftShape cipher = new((1, Binary), (2, Binary), (3, Flag));

    /// <summary>The metadata at the end of a file.</summary>
    public static ThriftShape FileMetaData { get; } = new(
        (1, Whole), (2, ListOf(schemaElement)), (3, Whole), (4, ListOf(rowGroup)), (5, ListOf(pair)), (6, Binary), (7, ListOf(new ThriftShape((1, Of(ThriftShape.Any))))),
        (8, Of(new((1, Of(cipher)), (2, Of(cipher))))), (9, Binary));

    /// <summary>What stands before a page.</summary>
    public static ThriftShape PageHeader { get; } = new(
        (1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, Of(new((1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, Of(statistics))))), (6, Of(ThriftShape.Any)),
        (7, Of(new((1, Whole), (2, Whole), (3, Flag)))),
        (8, Of(new((1, Whole), (2, Whole), (3, Whole), (4, Whole), (5, Whole), (6, Whole), (7, Flag), (8, Of(statistics))))));
}
