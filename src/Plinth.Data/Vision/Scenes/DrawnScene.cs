using System.Text;

namespace Plinth.Data.Vision;

/// <summary>All that is in a picture: what follows from this is the picture, to the last pixel.</summary>
/// <param name="Side">Rows and columns.</param>
/// <param name="Background">What lies behind.</param>
/// <param name="IsNoisy">Whether the picture is grainy.</param>
/// <param name="Word">A word at the bottom, or null.</param>
/// <param name="Subject">The figures that the picture is of: of one shape and colour, and more than the others.</param>
/// <param name="Others">Figures of another shape and another colour; may be none.</param>
public sealed record DrawnScene(
    int Side, SceneBackground Background, bool IsNoisy, string? Word, IReadOnlyList<SceneFigure> Subject, IReadOnlyList<SceneFigure> Others)
{
    /// <summary>Every figure.</summary>
    public IEnumerable<SceneFigure> Figures => Subject.Concat(Others);

    /// <summary>The scene as one line. Two scenes with different lines are different pictures.</summary>
    public string Key
    {
        get
        {
            var text = new StringBuilder($"{Side} {Background} {IsNoisy} {Word}");
            foreach (var figure in Figures)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {figure.Shape} {figure.Color} {figure.Left} {figure.Top} {figure.Size}");
            }

            return text.ToString();
        }
    }
}
