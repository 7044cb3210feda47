namespace Plinth.Inference.Pipelines;

/// <summary>Lets text through up to the first stop text, and holds back what may be its beginning.</summary>
/// <param name="stops">The stop texts.</param>
internal sealed class StopFilter(IReadOnlyList<string> stops)
{
    private string held = "";

    public bool HasStopped { get; private set; }

    public string Pass(string piece)
    {
        if (HasStopped)
        {
            return "";
        }

        held += piece;
        var found = stops.Where(stop => stop.Length > 0).Select(stop => held.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (found >= 0)
        {
            HasStopped = true;
            var before = held[..found];
            held = "";
            return before;
        }

        var open = stops.Select(stop => OpenLength(stop)).DefaultIfEmpty(0).Max();
        var free = held[..^open];
        held = held[^open..];
        return free;
    }

    public string Flush()
    {
        var rest = HasStopped ? "" : held;
        held = "";
        return rest;
    }

    // The longest end of what is held that begins the stop text.
    private int OpenLength(string stop)
    {
        for (var length = Math.Min(stop.Length - 1, held.Length); length > 0; length--)
        {
            if (held.EndsWith(stop[..length], StringComparison.Ordinal))
            {
                return length;
            }
        }

        return 0;
    }
}
