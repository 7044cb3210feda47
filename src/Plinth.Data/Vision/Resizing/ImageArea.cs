namespace Plinth.Data.Vision;

/// <summary>A part of a picture in pixels, which may begin and end between two of them.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">One behind the last column.</param>
/// <param name="Bottom">One behind the last row.</param>
public readonly record struct ImageArea(float Left, float Top, float Right, float Bottom);
