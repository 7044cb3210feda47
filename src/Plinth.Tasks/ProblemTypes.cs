namespace Plinth.Tasks;

/// <summary>The words by which a model's config says what its classifier was made for.</summary>
public static class ProblemTypes
{
    private static readonly (ClassificationKind Kind, string Name)[] Known =
    [
        (ClassificationKind.SingleLabel, "single_label_classification"),
        (ClassificationKind.MultiLabel, "multi_label_classification"),
        (ClassificationKind.Regression, "regression"),
    ];

    /// <summary>What the config says for a kind.</summary>
    public static string NameOf(ClassificationKind kind) => Known.First(type => type.Kind == kind).Name;

    /// <summary>The kind that a config names; null where it names none, or one that nobody knows.</summary>
    public static ClassificationKind? KindOf(string? name)
    {
        var found = Known.Where(type => type.Name == name).ToList();
        return found is [var type] ? type.Kind : null;
    }
}
