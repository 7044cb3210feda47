namespace Plinth.Recipes.Parity;

/// <summary>How a case ended.</summary>
public enum ParityVerdict
{
    /// <summary>Every number is within its tolerance.</summary>
    Equal,

    /// <summary>Some number is not.</summary>
    Different,

    /// <summary>The case asks for something that is not supported, or its files are bad.</summary>
    Refused,
}

/// <summary>One compared quantity.</summary>
/// <param name="Name">Name in the case, for example <c>logits</c>.</param>
/// <param name="WorstDifference">Largest absolute difference; infinite when shapes differ or a number is not finite.</param>
/// <param name="Tolerance">The largest that is accepted.</param>
public sealed record ParityCheck(string Name, double WorstDifference, double Tolerance)
{
    /// <summary>Whether it is accepted.</summary>
    public bool IsEqual => WorstDifference <= Tolerance;
}

/// <summary>The result of one case.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Checks">Everything that was compared.</param>
/// <param name="Note">First block that drifts, or why it was refused; else empty.</param>
public sealed record ParityResult(string Name, ParityVerdict Verdict, IReadOnlyList<ParityCheck> Checks, string Note)
{
    /// <summary>The check nearest to, or furthest over, its tolerance.</summary>
    public ParityCheck? Worst => Checks.MaxBy(check => check.Tolerance > 0 ? check.WorstDifference / check.Tolerance : check.WorstDifference > 0 ? double.PositiveInfinity : 0);

    /// <summary>The line that the command prints.</summary>
    public override string ToString()
    {
        var head = Verdict == ParityVerdict.Equal ? "ok  " : "FAIL";
        var numbers = Worst is { } worst
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {worst.WorstDifference:0.0e+00} {worst.Tolerance:0.0e+00} ({worst.Name}, {Checks.Count} compared)")
            : "";
        return $"{head} {Name}{numbers}{(Note.Length == 0 ? "" : "  " + Note)}";
    }
}
