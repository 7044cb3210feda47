using System.Text;

namespace Plinth.Inference.Pipelines;

/// <summary>Watches running text for texts that end it, and holds back what may yet become one of them.</summary>
internal sealed class StopText(IReadOnlyList<string> stops)
{
    private readonly StringBuilder held = new();

    /// <summary>Whether one of the texts has come; nothing more is given then.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Adds text; gives what certainly stands before any end.</summary>
    public string Append(string text)
    {
        if (IsStopped)
        {
            return "";
        }

        held.Append(text);
        var whole = held.ToString();
        var end = stops.Select(stop => whole.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsStopped = end >= 0;
        var given = IsStopped ? end : whole.Length - HeldLength(whole);
        held.Remove(0, IsStopped ? held.Length : given);
        return whole[..given];
    }

    /// <summary>What is still held, when no more text comes.</summary>
    public string Flush()
    {
        var rest = held.ToString();
        held.Clear();
        return rest;
    }

    private int HeldLength(string whole)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, whole.Length); length > longest; length--)
            {
                if (whole.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }
}
