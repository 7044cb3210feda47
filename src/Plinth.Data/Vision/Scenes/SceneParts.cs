using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>What is drawn; the number is the class.</summary>
public enum SceneShape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>Four equal sides, upright.</summary>
    Square,

    /// <summary>Three corners, one at the top.</summary>
    Triangle,

    /// <summary>Five points.</summary>
    Star,

    /// <summary>A square on its corner.</summary>
    Diamond,

    /// <summary>Two bars.</summary>
    Cross,

    /// <summary>A disc with a hole.</summary>
    Ring,

    /// <summary>Six equal sides.</summary>
    Hexagon,
}

/// <summary>In what colour.</summary>
public enum SceneColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Orange.</summary>
    Orange,
}

/// <summary>On what.</summary>
public enum SceneBackground
{
    /// <summary>White.</summary>
    White,

    /// <summary>Grey.</summary>
    Grey,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>One figure, in pixels.</summary>
/// <param name="Shape">What it is.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Left">Where it begins from the left.</param>
/// <param name="Top">Where it begins from the top.</param>
/// <param name="Size">Its width, which is its height.</param>
public sealed record SceneFigure(SceneShape Shape, SceneColor Color, int Left, int Top, int Size);

/// <summary>The colours as values.</summary>
internal static class ScenePalette
{
    public static RgbColor Of(SceneColor color) => color switch
    {
        SceneColor.Red => new(220, 40, 40),
        SceneColor.Green => new(40, 170, 60),
        SceneColor.Blue => new(50, 90, 230),
        SceneColor.Yellow => new(240, 215, 40),
        SceneColor.Purple => new(150, 60, 190),
        _ => new(245, 140, 30),
    };

    public static RgbColor Of(SceneBackground background) => background switch
    {
        SceneBackground.White => new(250, 250, 250),
        SceneBackground.Grey => new(128, 128, 128),
        _ => new(12, 12, 12),
    };

    public static RgbColor Ink(SceneBackground background) => background == SceneBackground.Black ? new(240, 240, 240) : new(10, 10, 10);
}
