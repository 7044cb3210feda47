using Plinth.Core;
using Plinth.Data.Batching;
using SkiaSharp;

namespace Plinth.Data.Vision;

/// <summary>
/// Draws scenes. Shapes are filled without smoothing at four times the size and then averaged, and letters come from a table, so
/// that no font and no blending of the machine has a say.
/// </summary>
internal static class SceneDrawing
{
    private const int Oversampling = 4, Grain = 24;

    public static RgbImage Draw(DrawnScene scene)
    {
        var large = scene.Side * Oversampling;
        using var bitmap = new SKBitmap(new SKImageInfo(large, large, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(Color(ScenePalette.Of(scene.Background)));
            foreach (var figure in scene.Figures)
            {
                using var paint = new SKPaint { Color = Color(ScenePalette.Of(figure.Color)), IsAntialias = false, Style = SKPaintStyle.Fill };
                using var path = SceneOutlines.Of(figure, Oversampling);
                canvas.DrawPath(path, paint);
            }

            if (scene.Word is { } word)
            {
                using var ink = new SKPaint { Color = Color(ScenePalette.Ink(scene.Background)), IsAntialias = false };
                Write(canvas, word, large, ink);
            }
        }

        var image = ImageResizer.Resize(Opaque(bitmap), scene.Side, scene.Side, ResampleFilter.Box);
        if (scene.IsNoisy)
        {
            Roughen(image, SceneHash.Of(scene.Key));
        }

        return image;
    }

    private static void Write(SKCanvas canvas, string word, int side, SKPaint ink)
    {
        // As large as the lowest third of the picture allows.
        var columns = (word.Length * (PixelFont.Width + 1)) - 1;
        var dot = Math.Min(side * 8 / 10 / columns, side / 4 / PixelFont.Height);
        var (left, top) = ((side - (columns * dot)) / 2, side - (PixelFont.Height * dot) - (side / 32));
        foreach (var (x, y) in PixelFont.Dots(word))
        {
            canvas.DrawRect(left + (x * dot), top + (y * dot), dot, dot, ink);
        }
    }

    private static RgbImage Opaque(SKBitmap bitmap)
    {
        var image = new RgbImage(bitmap.Height, bitmap.Width);
        var source = bitmap.GetPixelSpan();
        for (var (from, to) = (0, 0); to < image.Pixels.Length; from += 4, to += RgbImage.Channels)
        {
            source.Slice(from, RgbImage.Channels).CopyTo(image.Pixels.AsSpan(to));
        }

        return image;
    }

    private static void Roughen(RgbImage image, ulong seed)
    {
        var random = new SplitMix(seed);
        foreach (ref var value in image.Pixels.AsSpan())
        {
            value = (byte)Math.Clamp(value + random.Below((2 * Grain) + 1) - Grain, 0, 255);
        }
    }

    private static SKColor Color(RgbColor color) => new(color.Red, color.Green, color.Blue);
}
