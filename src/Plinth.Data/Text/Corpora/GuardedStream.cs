using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads decompressed data, refuses bombs, and turns what a damaged file throws into a message that names it.</summary>
/// <param name="owner">What the inner stream belongs to, closed with it.</param>
internal sealed class GuardedStream(Stream inner, string name, long compressedLength, CorpusOptions options, IDisposable? owner = null) : Stream
{
    private const long AlwaysAllowed = 16 << 20;
    private long produced;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => produced;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw new BadInputException($"{name} is damaged: {e.Message.TrimEnd('.')}, {produced:N0} bytes into the expanded text. Compress it again or fetch it again.", e);
        }

        produced += read;
        var ratioBroken = produced > AlwaysAllowed && produced / options.MaxExpansionRatio > compressedLength;
        if (ratioBroken || produced > options.MaxExpandedBytes)
        {
            throw new BadInputException(
                $"{name} expands to more than {produced:N0} bytes from {compressedLength:N0}; allowed are {options.MaxExpandedBytes:N0} bytes and {options.MaxExpansionRatio} to 1. " +
                "If it is meant to be so, unpack it and give the folder.");
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner?.Dispose();
        }

        base.Dispose(disposing);
    }
}
