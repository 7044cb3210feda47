namespace Plinth.Data.Vision;

/// <summary>Makes up scenes: figures in cells of a grid, so that none hides another.</summary>
internal sealed class SceneMaker(DrawnSceneOptions options)
{
    private const int Grid = 3;

    private static readonly string[] Words = ["SUN", "CAT", "MAP", "KEY", "BOX", "TEA", "OWL", "ICE", "JAM", "VAN", "HAT", "FIG", "GUM", "ROD", "PEN", "LAW"];

    /// <summary>A scene of one part. Candidates are made until one belongs there.</summary>
    public DrawnScene Make(SceneSplit split, long index)
    {
        for (var attempt = 0L; ; attempt++)
        {
            var scene = Candidate(new(options.Seed, (int)split, index, attempt));
            if (SceneHash.SplitOf(scene) == split)
            {
                return scene;
            }
        }
    }

    private DrawnScene Candidate(AugmentationRandom random)
    {
        var word = random.Happens(options.WordProbability) ? Words[random.Below(Words.Length)] : null;
        // A word takes the lowest row of cells.
        List<int> cells = [.. Enumerable.Range(0, Grid * (word is null ? Grid : Grid - 1))];
        var count = 1 + random.Below(options.MaxCount);
        var (shape, color) = ((SceneShape)random.Below(Count<SceneShape>()), (SceneColor)random.Below(Count<SceneColor>()));
        SceneFigure[] subject = [.. Enumerable.Range(0, count).Select(_ => Figure(shape, color, cells, random))];

        // Fewer than of the subject, so that it stays what the picture is of.
        var others = count > 1 && random.Happens(options.OthersProbability) ? 1 + random.Below(Math.Min(2, count - 1)) : 0;
        var otherShape = (SceneShape)(((int)shape + 1 + random.Below(Count<SceneShape>() - 1)) % Count<SceneShape>());
        var otherColor = (SceneColor)(((int)color + 1 + random.Below(Count<SceneColor>() - 1)) % Count<SceneColor>());
        return new(
            options.Side, (SceneBackground)random.Below(Count<SceneBackground>()), random.Happens(options.NoiseProbability), word,
            subject, [.. Enumerable.Range(0, others).Select(_ => Figure(otherShape, otherColor, cells, random))]);
    }

    private SceneFigure Figure(SceneShape shape, SceneColor color, List<int> cells, AugmentationRandom random)
    {
        var place = random.Below(cells.Count);
        var cell = cells[place];
        cells.RemoveAt(place);
        var width = options.Side / Grid;
        var size = (width / 2) + random.Below((width / 2) - 1);
        return new(shape, color, ((cell % Grid) * width) + random.Below(width - size + 1), ((cell / Grid) * width) + random.Below(width - size + 1), size);
    }

    private static int Count<T>() where T : struct, Enum => Enum.GetValues<T>().Length;
}
