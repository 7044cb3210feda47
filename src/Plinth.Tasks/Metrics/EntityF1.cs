namespace Plinth.Tasks.Metrics;

/// <summary>A tagged stretch of words.</summary>
/// <param name="Type">What it is, for example <c>PER</c>; empty for tags without a type.</param>
/// <param name="Start">First word.</param>
/// <param name="End">The word after the last.</param>
public readonly record struct Entity(string Type, int Start, int End);

/// <summary>How many entities were found, and how well.</summary>
/// <param name="Right">Entities found with exact bounds and type.</param>
/// <param name="Predicted">Entities predicted.</param>
/// <param name="Expected">Entities expected.</param>
public sealed record EntityScores(long Right, long Predicted, long Expected)
{
    /// <summary>Share of the predicted that are right; 0 when none was predicted.</summary>
    public double Precision => MetricInputs.Share(Right, Predicted);

    /// <summary>Share of the expected that were found; 0 when none was expected.</summary>
    public double Recall => MetricInputs.Share(Right, Expected);

    /// <summary>Harmonic mean of both; 0 when nothing was expected or predicted.</summary>
    public double F1 => MetricInputs.F1(Right, Predicted, Expected);
}

/// <summary>
/// F1 over whole entities, as the CoNLL shared tasks score them (Tjong Kim Sang and De Meulder 2003, arXiv:cs/0306050)
/// and as seqeval does by default: an entity counts only with exact bounds and type, pooled over types and sentences.
/// Tags are <c>B-</c> begin, <c>I-</c> inside, <c>E-</c> end, <c>S-</c> single, each with a type, and <c>O</c> outside.
/// Reading is lenient: an <c>I-</c> or <c>E-</c> that continues nothing, or changes type, begins an entity.
/// </summary>
public static class EntityF1
{
    /// <summary>Compares the tags of sentences.</summary>
    /// <exception cref="ArgumentException">Sentences or words differ in number, or a tag is not of the scheme.</exception>
    public static EntityScores Of(IReadOnlyList<IReadOnlyList<string>> predicted, IReadOnlyList<IReadOnlyList<string>> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var (right, guessed, wanted) = (0L, 0L, 0L);
        for (var i = 0; i < expected.Count; i++)
        {
            MetricInputs.RequireSameCount(predicted[i], expected[i]);
            var guesses = Entities(predicted[i]);
            var truths = Entities(expected[i]);
            right += guesses.Intersect(truths).Count();
            guessed += guesses.Count;
            wanted += truths.Count;
        }

        return new(right, guessed, wanted);
    }

    /// <summary>Reads the entities out of one sentence's tags, in order.</summary>
    /// <exception cref="ArgumentException">A tag is not of the scheme.</exception>
    public static IReadOnlyList<Entity> Entities(IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var entities = new List<Entity>();
        int? start = null;
        var type = "";
        for (var i = 0; i < tags.Count; i++)
        {
            var (prefix, current) = Split(tags[i]);
            var continues = start is not null && (prefix is 'I' or 'E') && current == type;
            if (!continues)
            {
                Close(i);
                (start, type) = (prefix == 'O' ? null : i, current);
            }

            if (prefix is 'E' or 'S')
            {
                Close(i + 1);
            }
        }

        Close(tags.Count);
        return entities;

        void Close(int end)
        {
            if (start is { } first)
            {
                entities.Add(new(type, first, end));
                start = null;
            }
        }
    }

    private static (char Prefix, string Type) Split(string tag) =>
        tag is ['B' or 'I' or 'E' or 'S' or 'O'] ? (tag[0], "")
        : tag is ['O', '-', ..] ? ('O', "")
        : tag is ['B' or 'I' or 'E' or 'S', '-', ..] ? (tag[0], tag[2..])
        : throw new ArgumentException($"'{tag}' is not a tag of an entity. Known: O, and B-, I-, E-, S- with a type.", nameof(tag));
}
