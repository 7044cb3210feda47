namespace Plinth.Tasks.Metrics;

/// <summary>How often texts find their picture and pictures one of their texts, among the first 1, 5 and 10.</summary>
public static class PairRecall
{
    private static readonly int[] Places = [1, 5, 10];

    /// <summary>Scores both ways by <see cref="RecallAtK"/>; a picture without texts is no query.</summary>
    /// <param name="scores">How near each text is to each picture; <c>[image][text]</c>.</param>
    /// <param name="pictureOf">Number of the picture of each text; <c>[text]</c>.</param>
    /// <returns><c>text_to_image_recall_at_1</c> and so on, each 0 to 1.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static IReadOnlyList<KeyValuePair<string, double>> Of(IReadOnlyList<float[]> scores, IReadOnlyList<int> pictureOf)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(pictureOf);
        if (scores.Any(row => row.Length != pictureOf.Count))
        {
            throw new ArgumentException($"There are {pictureOf.Count} texts, and a row of scores has another length.", nameof(scores));
        }

        var byText = pictureOf.Select((picture, text) => RetrievalRank.Of(scores.Select(row => row[text]).ToArray(), picture)).ToList();
        var texts = pictureOf.Index().ToLookup(pair => pair.Item, pair => pair.Index);
        var byImage = scores.Index().Where(row => texts.Contains(row.Index)).Select(row => RetrievalRank.OfBest(row.Item, [.. texts[row.Index]])).ToList();
        return
        [
            .. Places.Select(k => KeyValuePair.Create($"text_to_image_recall_at_{k}", RecallAtK.Of(byText, k))),
            .. Places.Select(k => KeyValuePair.Create($"image_to_text_recall_at_{k}", RecallAtK.Of(byImage, k))),
        ];
    }
}
