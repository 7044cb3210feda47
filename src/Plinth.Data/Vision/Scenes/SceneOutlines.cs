using SkiaSharp;

namespace Plinth.Data.Vision;

/// <summary>Outlines of the shapes; each touches all four sides of its square, so that the square is its box.</summary>
internal static class SceneOutlines
{
    private const float Bar = 0.34f, Hole = 0.28f;

    /// <param name="figure">What to draw.</param>
    /// <param name="scale">Pixels of the canvas for each pixel of the scene.</param>
    public static SKPath Of(SceneFigure figure, int scale)
    {
        var path = new SKPath { FillType = SKPathFillType.EvenOdd };
        var square = SKRect.Create(figure.Left * scale, figure.Top * scale, figure.Size * scale, figure.Size * scale);
        switch (figure.Shape)
        {
            case SceneShape.Circle:
                path.AddOval(square);
                break;
            case SceneShape.Ring:
                path.AddOval(square);
                path.AddOval(SKRect.Inflate(square, -Hole * square.Width, -Hole * square.Height));
                break;
            default:
                path.AddPoly([.. Corners(figure.Shape).Select(corner => new SKPoint(square.Left + (corner.X * square.Width), square.Top + (corner.Y * square.Height)))], close: true);
                break;
        }

        return path;
    }

    // Within a square of side 1.
    private static SKPoint[] Corners(SceneShape shape) => shape switch
    {
        SceneShape.Square => [new(0, 0), new(1, 0), new(1, 1), new(0, 1)],
        SceneShape.Triangle => [new(0.5f, 0), new(1, 1), new(0, 1)],
        SceneShape.Diamond => [new(0.5f, 0), new(1, 0.5f), new(0.5f, 1), new(0, 0.5f)],
        SceneShape.Cross =>
        [
            new(Bar, 0), new(1 - Bar, 0), new(1 - Bar, Bar), new(1, Bar), new(1, 1 - Bar), new(1 - Bar, 1 - Bar),
            new(1 - Bar, 1), new(Bar, 1), new(Bar, 1 - Bar), new(0, 1 - Bar), new(0, Bar), new(Bar, Bar),
        ],
        SceneShape.Star => Fitted([.. Enumerable.Range(0, 10).Select(i => Polar(i * 36, i % 2 == 0 ? 1 : 0.4))]),
        _ => Fitted([.. Enumerable.Range(0, 6).Select(i => Polar((i * 60) + 30, 1))]),
    };

    private static SKPoint Polar(double degrees, double radius) =>
        new((float)(radius * Math.Sin(degrees * Math.PI / 180)), (float)(-radius * Math.Cos(degrees * Math.PI / 180)));

    private static SKPoint[] Fitted(SKPoint[] corners)
    {
        var (left, top) = (corners.Min(corner => corner.X), corners.Min(corner => corner.Y));
        var (width, height) = (corners.Max(corner => corner.X) - left, corners.Max(corner => corner.Y) - top);
        return [.. corners.Select(corner => new SKPoint((corner.X - left) / width, (corner.Y - top) / height))];
    }
}
