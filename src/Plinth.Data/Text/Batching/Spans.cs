using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>Cutting long stretches of tokens into pieces.</summary>
internal static class Spans
{
    /// <summary>Cuts each stretch into as few pieces as fit, of nearly equal length: no crumbs are left over.</summary>
    /// <param name="boundaries">Where the stretches begin, then the end.</param>
    /// <param name="room">Longest piece.</param>
    public static (long[] Starts, int[] Lengths) Cut(ReadOnlySpan<long> boundaries, int room)
    {
        List<long> starts = [];
        List<int> lengths = [];
        for (var i = 0; i + 1 < boundaries.Length; i++)
        {
            var (begin, total) = (boundaries[i], boundaries[i + 1] - boundaries[i]);
            var count = (total + room - 1) / room;
            for (long piece = 0; piece < count; piece++)
            {
                var (from, to) = (total * piece / count, total * (piece + 1) / count);
                starts.Add(begin + from);
                lengths.Add((int)(to - from));
            }
        }

        return ([.. starts], [.. lengths]);
    }

    /// <summary>Tokens of text that fit beside the special tokens.</summary>
    /// <exception cref="PlinthException">Fewer than <paramref name="least"/>.</exception>
    public static int Room(SpecialTemplate template, int maximumLength, int least)
    {
        var room = maximumLength - template.Count;
        return room >= least
            ? room
            : throw new PlinthException($"A sequence of {maximumLength} tokens has no room for text beside {template.Count} special tokens. Choose a longer one.");
    }
}
