namespace Plinth.Tasks.Metrics;

/// <summary>
/// Mean average precision of detected boxes as COCO scores it (Lin et al. 2014, arXiv:1405.0312): over the classes that are there, over
/// overlaps of 0.50 to 0.95 in steps of 0.05 that count as found, and over 101 recalls from 0 to 1; things of every size, the surest 100
/// claims per picture and class.
/// </summary>
/// <param name="Mean">Over all overlaps; 0 to 1, NaN where no picture shows anything.</param>
/// <param name="AtHalf">At an overlap of 0.50.</param>
/// <param name="AtThreeQuarters">At an overlap of 0.75.</param>
/// <param name="Recall">Mean share of the things that are found by any claim, over all overlaps.</param>
/// <param name="ByClass">Over all overlaps, of each class that is there.</param>
public sealed record BoxPrecision(double Mean, double AtHalf, double AtThreeQuarters, double Recall, IReadOnlyDictionary<int, double> ByClass)
{
    private const int OverlapCount = 10, RecallCount = 101, LargestClaimCount = 100, Half = 0, ThreeQuarters = 5;

    /// <summary>Scores pictures.</summary>
    /// <param name="detected">What is claimed of each picture, in any order.</param>
    /// <param name="expected">What each picture shows.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static BoxPrecision Of(IReadOnlyList<IReadOnlyList<DetectedBox>> detected, IReadOnlyList<IReadOnlyList<ExpectedBox>> expected)
    {
        MetricInputs.RequireSameCount(detected, expected);
        if (detected.Any(picture => picture.Any(claim => double.IsNaN(claim.Score))))
        {
            throw new ArgumentException("A claim has the score NaN and stands nowhere among the others.", nameof(detected));
        }

        var classes = expected.SelectMany(picture => picture).Where(thing => !thing.IsCrowd).Select(thing => thing.Class).Distinct().Order().ToList();
        if (classes.Count == 0)
        {
            return new(double.NaN, double.NaN, double.NaN, double.NaN, new Dictionary<int, double>());
        }

        var scores = classes.Select(name => OfClass(
            [.. detected.Select(picture => picture.Where(claim => claim.Class == name).ToList())],
            [.. expected.Select(picture => picture.Where(thing => thing.Class == name).ToList())])).ToList();
        return new(
            scores.Average(score => score.Average(at => at.Precision)),
            scores.Average(score => score[Half].Precision),
            scores.Average(score => score[ThreeQuarters].Precision),
            scores.Average(score => score.Average(at => at.Recall)),
            classes.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second.Average(at => at.Precision)));
    }

    private static List<(double Precision, double Recall)> OfClass(IReadOnlyList<List<DetectedBox>> detected, IReadOnlyList<List<ExpectedBox>> expected)
    {
        var count = expected.Sum(picture => picture.Count(thing => !thing.IsCrowd));
        // Sorting keeps the order of equal scores, picture by picture.
        var claims = detected.Select(picture => picture.OrderByDescending(claim => claim.Score).Take(LargestClaimCount).ToList()).ToList();
        return
        [
            .. Enumerable.Range(0, OverlapCount).Select(step =>
            {
                var overlap = (50 + (5 * step)) / 100.0;
                var judged = claims.Zip(expected).SelectMany(pair => BoxMatching.Judge(pair.First, pair.Second, overlap))
                    .Where(claim => claim.IsRight is not null).OrderByDescending(claim => claim.Score).Select(claim => claim.IsRight!.Value).ToList();
                return (Average(judged, count), MetricInputs.Share(judged.Count(isRight => isRight), count));
            }),
        ];
    }

    // The precision at a recall is the best at it or any higher one.
    private static double Average(List<bool> judged, int count)
    {
        var (right, precisions, recalls) = (0, new double[judged.Count], new double[judged.Count]);
        for (var i = 0; i < judged.Count; i++)
        {
            right += judged[i] ? 1 : 0;
            (precisions[i], recalls[i]) = ((double)right / (i + 1), (double)right / count);
        }

        for (var i = judged.Count - 2; i >= 0; i--)
        {
            precisions[i] = Math.Max(precisions[i], precisions[i + 1]);
        }

        var (sum, at) = (0.0, 0);
        for (var step = 0; step < RecallCount; step++)
        {
            while (at < recalls.Length && recalls[at] < step / (RecallCount - 1.0))
            {
                at++;
            }

            sum += at < recalls.Length ? precisions[at] : 0;
        }

        return sum / RecallCount;
    }
}
