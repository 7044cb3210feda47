using System.Buffers.Binary;
using System.Text;
using Plinth.Training.Observers;
using Xunit;

namespace Plinth.Tests.Training.Observers;

public sealed class TensorBoardObserverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_checksum_of_this_reader_is_CRC32C() =>
        Assert.Equal(0xE3069283u, Checksum("123456789"u8));

    [Fact]
    public void An_independent_reader_finds_every_scalar()
    {
        Reports.Play(new TensorBoardObserver(folder.Path));
        var events = Events(Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.All(events, e => Assert.InRange(e.WallTime, 1.7e9, 1e11));
        Assert.Equal([0, 10, 10, 20, 20], events.Select(e => e.Step));
        Assert.Equal(4.4f, events[1].Scalars["train/loss"]);
        Assert.Equal(1e-4f, events[1].Scalars["train/learning_rate"]);
        Assert.Equal(1L << 33, events[1].Scalars["train/resident_bytes"]);
        Assert.Equal(4.2f, events[2].Scalars["eval/loss"]);
        Assert.Equal(0.25f, events[2].Scalars["eval/accuracy"]);
        Assert.True(float.IsNaN(events[4].Scalars["eval/loss"]));
    }

    [Fact]
    public void What_is_not_always_known_is_written_where_it_is()
    {
        var observer = new TensorBoardObserver(folder.Path);
        observer.Started(Reports.Start());
        observer.Stepped(Reports.Step(10));
        observer.Stepped(Reports.Step(20) with { Utilization = 0.5, DataWaitShare = 0.25, BlockGradientNorms = new Dictionary<string, double> { ["layers.0"] = 2 } });
        var events = Events(Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.DoesNotContain("train/utilization", events[1].Scalars.Keys);
        Assert.Equal(0.5f, events[2].Scalars["train/utilization"]);
        Assert.Equal(0.25f, events[2].Scalars["train/data_wait_share"]);
        Assert.Equal(2f, events[2].Scalars["gradient_norm/layers.0"]);
    }

    [Fact]
    public void A_resumed_run_voids_what_came_after_its_first_step()
    {
        Reports.Play(new TensorBoardObserver(folder.Path));
        var resumed = new TensorBoardObserver(folder.Path);
        resumed.Started(Reports.Start(firstStep: 15));
        resumed.Stepped(Reports.Step(300));
        var files = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        var events = Events(files[1]);
        Assert.Equal([0, 16, 300], events.Select(e => e.Step));
        Assert.Equal(1UL, events[1].SessionStatus);
    }

    private sealed record Event(double WallTime, long Step, string? Version, ulong? SessionStatus, Dictionary<string, float> Scalars);

    private static List<Event> Events(string file)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(file);
        var events = new List<Event>();
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(Mask(Checksum(rest[..8])), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            Assert.Equal(Mask(Checksum(rest.Slice(12, length))), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(ReadEvent(rest.Slice(12, length)));
            rest = rest[(16 + length)..];
        }

        return events;
    }

    private static Event ReadEvent(ReadOnlySpan<byte> bytes)
    {
        var scalars = new Dictionary<string, float>();
        var fields = Fields(bytes);
        foreach (var value in fields.Where(f => f.Number == 5).SelectMany(f => Fields(f.Bytes)))
        {
            var parts = Fields(value.Bytes);
            scalars.Add(Encoding.UTF8.GetString(parts[0].Bytes), BinaryPrimitives.ReadSingleLittleEndian(parts[1].Bytes));
        }

        return new(
            BinaryPrimitives.ReadDoubleLittleEndian(fields.Single(f => f.Number == 1).Bytes),
            (long)fields.Single(f => f.Number == 2).Value,
            fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).SingleOrDefault(),
            fields.Where(f => f.Number == 7).Select(f => (ulong?)Fields(f.Bytes).Single(s => s.Number == 1).Value).SingleOrDefault(),
            scalars);
    }

    private sealed record Field(int Number, ulong Value, byte[] Bytes);

    /// <summary>The fields of a protocol buffer message, read by hand.</summary>
    private static List<Field> Fields(ReadOnlySpan<byte> bytes)
    {
        var fields = new List<Field>();
        var at = 0;
        while (at < bytes.Length)
        {
            var tag = Varint(bytes, ref at);
            var kind = (int)(tag & 7);
            var value = kind is 0 or 2 ? Varint(bytes, ref at) : 0;
            var length = kind switch { 0 => 0, 1 => 8, 2 => (int)value, 5 => 4, _ => throw new InvalidDataException($"Wire type {kind}.") };
            fields.Add(new((int)(tag >> 3), value, bytes.Slice(at, length).ToArray()));
            at += length;
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static uint Mask(uint checksum) => ((checksum >> 15) | (checksum << 17)) + 0xa282ead8u;

    /// <summary>CRC32C bit by bit, from its polynomial (reversed 0x82F63B78).</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var remainder = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            remainder ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 1 ? (remainder >> 1) ^ 0x82F63B78u : remainder >> 1;
            }
        }

        return ~remainder;
    }
}
