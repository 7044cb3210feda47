using System.Text;

namespace Plinth.Data.Text;

/// <summary>The distinct words of a corpus, joined, with the count of each.</summary>
internal sealed class WeightedWords
{
    /// <param name="words">Words and how often each occurs.</param>
    public WeightedWords(IEnumerable<KeyValuePair<string, long>> words)
    {
        Words = [.. words];
        var joined = new StringBuilder();
        Starts = new int[Words.Count + 1];
        for (var i = 0; i < Words.Count; i++)
        {
            joined.Append(Words[i].Key);
            Starts[i + 1] = joined.Length;
        }

        Joined = joined.ToString();
    }

    /// <summary>Words and how often each occurs.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Words { get; }

    /// <summary>All words in a row.</summary>
    public string Joined { get; }

    /// <summary>Where each word begins in <see cref="Joined"/>, then the end.</summary>
    public int[] Starts { get; }

    /// <summary>Sums something over all words in parallel; the parts are the same on every machine, and so is the sum.</summary>
    /// <param name="size">Numbers in the sum.</param>
    /// <param name="add">Adds a word's part to the sums it is given.</param>
    /// <param name="cancellation">Stops between words.</param>
    public double[] Sum(int size, Action<string, long, double[]> add, CancellationToken cancellation)
    {
        const int Parts = 8;
        var sums = new double[Parts][];
        Parallel.For(0, Parts, new() { CancellationToken = cancellation }, part =>
        {
            var sum = sums[part] = new double[size];
            for (var i = part; i < Words.Count; i += Parts)
            {
                cancellation.ThrowIfCancellationRequested();
                add(Words[i].Key, Words[i].Value, sum);
            }
        });
        for (var part = 1; part < Parts; part++)
        {
            for (var i = 0; i < size; i++)
            {
                sums[0][i] += sums[part][i];
            }
        }

        return sums[0];
    }
}
