using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads decompressed data, refuses bombs, and turns what a damaged file throws into a message that names it.</summary>
/// <param name="inner">Gives the expanded bytes.</param>
/// <param name="name">What messages call it.</param>
/// <param name="budget">How much may come.</param>
/// <param name="owner">What the inner stream belongs to, closed with it.</param>
internal sealed class GuardedStream(Stream inner, string name, ExpansionBudget budget, IDisposable? owner = null) : ForwardStream
{
    private long produced;

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ZstdSharp.ZstdException)
        {
            throw new BadInputException($"{name} is damaged: {e.Message.TrimEnd('.')}, {produced:N0} bytes into the expanded text. Compress it again or fetch it again.", e);
        }

        produced += read;
        budget.Take(read);
        return read;
    }

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
