namespace Plinth.Tasks.Metrics;

/// <summary>How often texts find their picture and pictures one of their texts, among the first 1, 5 and 10, beside what chance would do.</summary>
public static class PairRecall
{
    /// <summary>The mean of all six recalls, by which models are compared.</summary>
    public const string Mean = "mean_recall";

    private static readonly int[] Places = [1, 5, 10];

    /// <summary>Scores texts that each describe one picture.</summary>
    /// <param name="scores">How near each text is to each picture; <c>[image][text]</c>.</param>
    /// <param name="pictureOf">Number of the picture of each text; <c>[text]</c>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static IReadOnlyList<KeyValuePair<string, double>> Of(IReadOnlyList<float[]> scores, IReadOnlyList<int> pictureOf)
    {
        ArgumentNullException.ThrowIfNull(pictureOf);
        return Of(scores, [.. pictureOf.Select(picture => (int[])[picture])]);
    }

    /// <summary>
    /// Scores both ways by <see cref="RecallAtK"/>. Of several right ones the first counts: any text of a picture, any picture that a text
    /// describes. A picture without texts is no query, and every text and picture is a candidate.
    /// </summary>
    /// <param name="scores">How near each text is to each picture; <c>[image][text]</c>.</param>
    /// <param name="picturesOf">Numbers of the pictures that each text describes, at least one; <c>[text]</c>.</param>
    /// <returns>
    /// <see cref="Mean"/>, then <c>text_to_image_recall_at_1</c> and so on and <c>text_to_image_chance_at_1</c>, what a random order would
    /// reach, each 0 to 1; <c>text_to_image_median_rank</c>, 1 at best; the same of <c>image_to_text</c>; the numbers of <c>pictures</c> and <c>texts</c>.
    /// </returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a text describes no picture.</exception>
    public static IReadOnlyList<KeyValuePair<string, double>> Of(IReadOnlyList<float[]> scores, IReadOnlyList<IReadOnlyList<int>> picturesOf)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(picturesOf);
        if (scores.Any(row => row.Length != picturesOf.Count))
        {
            throw new ArgumentException($"There are {picturesOf.Count} texts, and a row of scores has another length.", nameof(scores));
        }

        if (picturesOf.Any(pictures => pictures.Count == 0))
        {
            throw new ArgumentException("A text describes no picture; leave it out.", nameof(picturesOf));
        }

        var textsOf = picturesOf.Index().SelectMany(text => text.Item.Distinct().Select(picture => (Picture: picture, Text: text.Index))).ToLookup(pair => pair.Picture, pair => pair.Text);
        List<Found> byText = [.. picturesOf.Select((pictures, text) => Search([.. scores.Select(row => row[text])], [.. pictures.Distinct()]))];
        List<Found> byImage = [.. scores.Index().Where(row => textsOf.Contains(row.Index)).Select(row => Search(row.Item, [.. textsOf[row.Index]]))];
        return
        [
            new(Mean, Places.Average(k => (Recall(byText, k) + Recall(byImage, k)) / 2)),
            .. Lines("text_to_image", byText), .. Lines("image_to_text", byImage),
            new("pictures", scores.Count), new("texts", picturesOf.Count),
        ];
    }

    private static Found Search(float[] scores, IReadOnlyCollection<int> wanted) => new(RetrievalRank.OfBest(scores, wanted), wanted.Count, scores.Length);

    private static IEnumerable<KeyValuePair<string, double>> Lines(string way, List<Found> found) =>
    [
        .. Places.Select(k => KeyValuePair.Create($"{way}_recall_at_{k}", Recall(found, k))),
        .. Places.Select(k => KeyValuePair.Create($"{way}_chance_at_{k}", found.Count == 0 ? double.NaN : found.Average(query => query.Chance(k)))),
        new($"{way}_median_rank", Median([.. found.Select(query => query.Rank).Order()])),
    ];

    private static double Recall(List<Found> found, int k) => RecallAtK.Of([.. found.Select(query => query.Rank)], k);

    private static double Median(int[] sorted) => sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;

    /// <summary>A query's best rank, how many candidates are right, and of how many.</summary>
    private readonly record struct Found(int Rank, int Wanted, int Candidates)
    {
        /// <summary>One less the probability that k candidates drawn without putting back are all wrong.</summary>
        public double Chance(int k)
        {
            var missed = 1.0;
            for (var drawn = 0; drawn < Math.Min(k, Candidates); drawn++)
            {
                missed *= Math.Max(0, Candidates - Wanted - drawn) / (double)(Candidates - drawn);
            }

            return 1 - missed;
        }
    }
}
