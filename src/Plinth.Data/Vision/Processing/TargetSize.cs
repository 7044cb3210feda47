namespace Plinth.Data.Vision;

/// <summary>What size a picture is given, whatever it has.</summary>
public abstract record TargetSize
{
    /// <summary>Longest side that a rule may ask for, in pixels.</summary>
    internal const int Largest = 4096;

    /// <summary>The new size of a picture.</summary>
    /// <param name="height">Rows it has.</param>
    /// <param name="width">Columns it has.</param>
    public abstract PixelSize Of(int height, int width);
}

/// <summary>Rows and columns.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct PixelSize(int Height, int Width);

/// <summary>How far a picture is stretched.</summary>
/// <param name="Across">New width over old.</param>
/// <param name="Down">New height over old.</param>
public readonly record struct PixelScale(double Across, double Down);

/// <summary>Always the same size; proportions are given up.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public sealed record ExactSize(int Height, int Width) : TargetSize
{
    /// <inheritdoc />
    public override PixelSize Of(int height, int width) => new(Height, Width);
}

/// <summary>The shorter side gets a length and the other one follows, rounded down.</summary>
/// <param name="Edge">Length of the shorter side.</param>
public sealed record ShortestEdge(int Edge) : TargetSize
{
    /// <inheritdoc />
    public override PixelSize Of(int height, int width)
    {
        var other = Math.Max(1, (int)((long)Edge * Math.Max(height, width) / Math.Min(height, width)));
        return width <= height ? new(other, Edge) : new(Edge, other);
    }
}

/// <summary>The shorter side gets a length unless the longer one would pass its bound; both then rounded down to a multiple.</summary>
/// <param name="Edge">Length of the shorter side.</param>
/// <param name="Longest">Bound of the longer side.</param>
/// <param name="Multiple">Both sides are multiples of this; 1 keeps any size.</param>
public sealed record BoundedEdge(int Edge, int Longest, int Multiple = 1) : TargetSize
{
    /// <inheritdoc />
    public override PixelSize Of(int height, int width)
    {
        var (shorter, longer) = ((double)Math.Min(height, width), (double)Math.Max(height, width));
        var exact = longer / shorter * Edge > Longest ? Longest * shorter / longer : Edge;
        var edge = (int)Math.Round(exact, MidpointRounding.ToEven);
        // A side that fits already keeps the picture as it is; with multiples the reference looks at lying pictures only.
        var isKept = height <= width ? height == edge : width == edge && Multiple == 1;
        var size = isKept ? new PixelSize(height, width)
            : width < height ? new((int)(exact * height / width), edge)
            : new(edge, (int)(exact * width / height));
        return new(Whole(size.Height), Whole(size.Width));
    }

    private int Whole(int length) => Math.Max(Multiple, length - (length % Multiple));
}
