using System.Globalization;
using Plinth.Core;

namespace Plinth.Recipes.Sweeps;

/// <summary>One combination of values.</summary>
/// <param name="Name">Its folder in the sweep's, such as <c>trial-003</c>.</param>
/// <param name="Settings">What it changes in the recipe, each <c>path.to.key=value</c>.</param>
public sealed record SweepTrial(string Name, IReadOnlyList<string> Settings);

/// <summary>The trials of a sweep, and up to which share of their steps each round of them runs. The same options give the same plan.</summary>
internal sealed record SweepPlan(IReadOnlyList<SweepTrial> Trials, IReadOnlyList<double> Rounds)
{
    private const int MostTrials = 1000;

    /// <summary>Makes the plan.</summary>
    /// <exception cref="RecipeException">The options make no sweep.</exception>
    public static SweepPlan Of(SweepOptions options)
    {
        SweepSetting[] settings = [.. options.Settings.Select(SweepSetting.Parse)];
        if (settings.Length == 0 || settings.Select(setting => setting.Key).Distinct(StringComparer.Ordinal).Count() != settings.Length)
        {
            throw new RecipeException("A sweep needs --set path.to.key=a,b,c at least once, and once for each key at most.");
        }

        var combinations = options.RandomCount is { } count ? Drawn(settings, count, options.Seed) : Grid(settings);
        SweepTrial[] trials = [.. combinations.Select((values, i) => new SweepTrial(string.Create(CultureInfo.InvariantCulture, $"trial-{i + 1:000}"), values))];
        return new(trials, options.Halving ? Halvings(trials.Length) : [1]);
    }

    /// <summary>How many trials a round has.</summary>
    /// <param name="round">Its number, from 0.</param>
    public int CountOf(int round) => Math.Max(1, (int)Math.Ceiling(Trials.Count / Math.Pow(2, round)));

    private static IEnumerable<IReadOnlyList<string>> Grid(SweepSetting[] settings)
    {
        if (settings.FirstOrDefault(setting => setting.Range is not null) is { } range)
        {
            throw new RecipeException($"--set {range.Key}: of a range all values cannot be tried. Add --random COUNT, or list values.");
        }

        if (settings.Aggregate(1.0, (product, setting) => product * setting.Values.Count) is > MostTrials and var size)
        {
            throw new RecipeException($"The sweep would have {size:N0} trials, and {MostTrials:N0} is the most. Try fewer values, or add --random COUNT.");
        }

        return settings.Aggregate(
            (IEnumerable<IReadOnlyList<string>>)[[]],
            (made, setting) => made.SelectMany(before => setting.Values.Select(value => (IReadOnlyList<string>)[.. before, $"{setting.Key}={value}"])));
    }

    private static HashSet<IReadOnlyList<string>> Drawn(SweepSetting[] settings, int count, int seed)
    {
        if (count is < 1 or > MostTrials)
        {
            throw new RecipeException($"--random {count} must be between 1 and {MostTrials}.");
        }

        var random = StableSeed.RandomOf(seed, 0);
        HashSet<IReadOnlyList<string>> drawn = new(SameItems.Instance);
        // A few values have fewer combinations than were asked for.
        for (var i = 0; i < 20 * count && drawn.Count < count; i++)
        {
            drawn.Add([.. settings.Select(setting => $"{setting.Key}={setting.Draw(random)}")]);
        }

        return drawn;
    }

    private static double[] Halvings(int trials)
    {
        var rounds = (int)Math.Ceiling(Math.Log2(Math.Max(2, trials))) + 1;
        return [.. Enumerable.Range(0, rounds).Select(round => Math.Pow(2, round - rounds + 1))];
    }

    private sealed class SameItems : IEqualityComparer<IReadOnlyList<string>>
    {
        public static SameItems Instance { get; } = new();

        public bool Equals(IReadOnlyList<string>? x, IReadOnlyList<string>? y) => x!.SequenceEqual(y!, StringComparer.Ordinal);

        public int GetHashCode(IReadOnlyList<string> obj) => obj.Aggregate(0, (hash, item) => HashCode.Combine(hash, item.GetHashCode(StringComparison.Ordinal)));
    }
}
