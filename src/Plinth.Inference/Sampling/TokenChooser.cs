using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>
/// Chooses tokens: the best one, or at random. Each row has its own random numbers, so that what a row draws
/// depends on the seed and its place alone, not on the device or on how long its neighbours run.
/// </summary>
internal sealed class TokenChooser
{
    private readonly Random[]? randoms;

    public TokenChooser(GenerationOptions options, int rowCount)
    {
        if (options.DoSample)
        {
            var seed = options.Seed ?? Random.Shared.Next();
            randoms = [.. Enumerable.Range(0, rowCount).Select(row => new Random(unchecked((seed * 31) ^ (row * (int)0x9E3779B1))))];
        }
    }

    /// <summary>One token per row of scores <c>[batch, vocab]</c>.</summary>
    public int[] Choose(Tensor scores)
    {
        if (randoms is null)
        {
            return [.. scores.argmax(-1).cpu().data<long>().Select(id => (int)id)];
        }

        var vocabulary = (int)scores.size(1);
        var probabilities = scores.softmax(-1).cpu().contiguous().data<float>().ToArray();
        var chosen = new int[randoms.Length];
        for (var row = 0; row < chosen.Length; row++)
        {
            chosen[row] = Draw(probabilities.AsSpan(row * vocabulary, vocabulary), randoms[row].NextDouble());
        }

        return chosen;
    }

    /// <summary>
    /// Noise that turns the best places of scores plus noise into a draw without replacement (Kool et al. 2019, arXiv:1903.06059);
    /// <c>[rows, places]</c>, or null when nothing is drawn.
    /// </summary>
    public Tensor? GumbelNoise(int places, Device device)
    {
        if (randoms is null)
        {
            return null;
        }

        var noise = new float[randoms.Length * places];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = (float)-Math.Log(-Math.Log(Math.Max(randoms[i / places].NextDouble(), double.Epsilon)));
        }

        return tensor(noise, device: device).view(randoms.Length, places);
    }

    private static int Draw(ReadOnlySpan<float> probabilities, double uniform)
    {
        double total = 0;
        foreach (var one in probabilities)
        {
            total += one;
        }

        var threshold = uniform * total;
        double reached = 0;
        var last = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] <= 0)
            {
                continue;
            }

            reached += probabilities[i];
            last = i;
            if (reached > threshold)
            {
                return i;
            }
        }

        return last;
    }
}
