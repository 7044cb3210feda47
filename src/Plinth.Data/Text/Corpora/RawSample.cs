using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A sample whose classes are names still.</summary>
/// <param name="Place">File and line, for messages.</param>
/// <param name="Sample">All but its classes.</param>
/// <param name="Label">Its class.</param>
/// <param name="LabelSet">All classes that apply.</param>
/// <param name="Tags">One class per word.</param>
internal sealed record RawSample(string Place, TextSample Sample, string? Label = null, IReadOnlyList<string>? LabelSet = null, IReadOnlyList<string>? Tags = null)
{
    /// <summary>Answers and their places in a context.</summary>
    public IReadOnlyList<TextSpan>? Spans { get; init; }

    /// <summary>Every class that is named.</summary>
    public IEnumerable<string> Names => (Label is null ? [] : (string[])[Label]).Concat(LabelSet ?? []).Concat(Tags ?? []);
}
