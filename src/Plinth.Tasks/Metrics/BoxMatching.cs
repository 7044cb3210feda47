using Plinth.Core;

namespace Plinth.Tasks.Metrics;

/// <summary>Which claims about one picture are right.</summary>
internal static class BoxMatching
{
    /// <summary>Goes through the claims from the surest on; each takes the free thing that it overlaps most.</summary>
    /// <param name="claims">Of one class, the surest first.</param>
    /// <param name="things">Of the same class.</param>
    /// <param name="least">Overlap that counts as found.</param>
    /// <returns>Score of each claim, and whether it is right; null where it is neither, because it lies in a crowd.</returns>
    public static IEnumerable<(double Score, bool? IsRight)> Judge(IReadOnlyList<DetectedBox> claims, IReadOnlyList<ExpectedBox> things, double least)
    {
        var isTaken = new bool[things.Count];
        foreach (var claim in claims)
        {
            var thing = Nearest(claim.Box, things, isTaken, least, isCrowd: false);
            if (thing >= 0)
            {
                isTaken[thing] = true;
                yield return (claim.Score, true);
            }
            else
            {
                // A crowd is taken by any number of claims.
                yield return (claim.Score, Nearest(claim.Box, things, isTaken, least, isCrowd: true) >= 0 ? null : false);
            }
        }
    }

    private static int Nearest(Box box, IReadOnlyList<ExpectedBox> things, bool[] isTaken, double least, bool isCrowd)
    {
        var (nearest, best) = (-1, least);
        for (var i = 0; i < things.Count; i++)
        {
            if (things[i].IsCrowd != isCrowd || isTaken[i])
            {
                continue;
            }

            var overlap = Overlap(box, things[i]);
            if (overlap >= best)
            {
                (nearest, best) = (i, overlap);
            }
        }

        return nearest;
    }

    // Towards a crowd only the claim's own area counts, for it need not cover the whole.
    private static double Overlap(Box box, ExpectedBox thing) => thing.IsCrowd ? BoxOverlap.Within(box, thing.Box) : BoxOverlap.Of(box, thing.Box);
}
