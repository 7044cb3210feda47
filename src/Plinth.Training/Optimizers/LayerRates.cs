using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Training.Optimizers;

/// <summary>
/// Which weights learn how fast, by factors of their own and by their height in the model: what stands on the backbone is at height 0, its last block at 1, and so on down to
/// the embeddings. Lower layers learn slower (Howard and Ruder 2018, arXiv:1801.06146; Clark et al. 2020, arXiv:2003.10555), and may wait before they learn at all.
/// Blocks are the numbered members of <c>layers</c>, <c>blocks</c> and <c>stages</c> in the weights' names; those of two stacks side by side are counted apart.
/// </summary>
internal sealed partial class LayerRates
{
    private readonly (TrainedWeight Weight, int Height)[] heights;
    private readonly long? unfreezeEvery;

    /// <param name="weights">The weights; the rates of their steps are set here.</param>
    /// <param name="options">How rates fall, and how many steps a layer waits.</param>
    public LayerRates(IReadOnlyList<TrainedWeight> weights, TrainerOptions options)
    {
        unfreezeEvery = options.UnfreezeEvery;
        heights = [.. weights.Zip(Heights([.. weights.Select(weight => weight.Name)]))];
        foreach (var (weight, height) in heights)
        {
            var own = options.RateFactors.GetValueOrDefault(weight.Name, 1);
            weight.RateFactor = Math.Pow(options.LayerDecay, height) * own;
            // Decay is multiplied by the rate, and is to stay as strong as without the weight's own factor.
            weight.DecayFactor = 1 / own;
        }
    }

    /// <summary>Forgets the gradients of what does not learn yet.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    public void Hold(long step)
    {
        if (unfreezeEvery is not { } every)
        {
            return;
        }

        foreach (var (weight, _) in heights.Where(entry => entry.Height > step / every))
        {
            weight.Clear();
        }
    }

    /// <summary>The height of each weight.</summary>
    /// <param name="names">Names of weights.</param>
    internal static int[] Heights(IReadOnlyList<string> names)
    {
        var places = names.Select(Place).ToArray();
        var stacks = places.OfType<BlockPlace>().GroupBy(place => place.Stack, StringComparer.Ordinal)
            .ToDictionary(stack => stack.Key, stack => stack.Select(place => (place.Stage, place.Number)).Distinct().Order().ToArray(), StringComparer.Ordinal);
        var bottom = stacks.Values.Select(blocks => blocks.Length).DefaultIfEmpty().Max() + 1;
        return [.. names.Select((name, i) => places[i] is { } place
            ? stacks[place.Stack].Length - Array.IndexOf(stacks[place.Stack], (place.Stage, place.Number))
            : IsOnTop(name) ? 0 : bottom)];
    }

    private static BlockPlace? Place(string name)
    {
        if (IsOutside(name) || Block().Match(name) is not { Success: true } found)
        {
            return null;
        }

        int Number(string group) => found.Groups[group].Success ? int.Parse(found.Groups[group].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 0;
        return new(found.Groups["stack"].Value, Number("stage"), Number("block"));
    }

    private static bool IsOutside(string name) => !name.Contains("backbone.", StringComparison.Ordinal);

    // What follows the last block learns with what stands on it.
    private static bool IsOnTop(string name) => IsOutside(name) || name.Contains(".finalNorm.", StringComparison.Ordinal) || name.Contains(".outputProjection.", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<stack>.*?)(?:stages\.(?<stage>\d{1,6})\.(?:.*?\.)?)?(?:layers|blocks)\.(?<block>\d{1,6})\.", RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    private sealed record BlockPlace(string Stack, int Stage, int Number);
}
