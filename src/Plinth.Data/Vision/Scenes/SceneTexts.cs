using Plinth.Core;
using Plinth.Data.Batching;

namespace Plinth.Data.Vision;

/// <summary>What can be said of a scene, and asked.</summary>
internal static class SceneTexts
{
    private static readonly string[] Numbers = ["no", "one", "two", "three", "four"];

    /// <summary>A short caption and a long one.</summary>
    public static IReadOnlyList<string> Captions(DrawnScene scene)
    {
        var things = Things(scene.Subject) + (scene.Others.Count > 0 ? " and " + Things(scene.Others) : "");
        var grain = scene.IsNoisy ? "grainy " : "";
        var word = scene.Word is null ? "" : $", with the word {scene.Word}";
        return [things, $"A {grain}picture of {things} on a {Name(scene.Background)} background{word}."];
    }

    /// <summary>Questions with their answers.</summary>
    public static IReadOnlyList<ImageQuestion> Questions(DrawnScene scene)
    {
        var (shape, count) = (scene.Subject[0].Shape, scene.Subject.Count);
        var asked = Asked(scene);
        List<ImageQuestion> questions =
        [
            new($"How many {Plural(shape)} are there?", [Numbers[count], count.ToString(System.Globalization.CultureInfo.InvariantCulture)]),
            new(count == 1 ? $"What colour is the {Name(shape)}?" : $"What colour are the {Plural(shape)}?", [Name(scene.Subject[0].Color)]),
            new($"Is there {Article(Name(asked))} {Name(asked)}?", [scene.Figures.Any(figure => figure.Shape == asked) ? "yes" : "no"]),
            new("What colour is the background?", [Name(scene.Background)]),
        ];
        if (scene.Word is { } word)
        {
            questions.Add(new("What is written in the picture?", [word]));
        }

        return questions;
    }

    // A shape that follows from the content, and is there as often as not.
    private static SceneShape Asked(DrawnScene scene)
    {
        var random = new SplitMix(SceneHash.Of("asked " + scene.Key));
        var isThere = random.Below(2) == 0;
        SceneShape[] shapes = [.. Enum.GetValues<SceneShape>().Where(shape => scene.Figures.Any(figure => figure.Shape == shape) == isThere)];
        return shapes[random.Below(shapes.Length)];
    }

    /// <summary>Names of the shapes by their numbers.</summary>
    public static IReadOnlyList<string> ShapeNames { get; } = [.. Enum.GetValues<SceneShape>().Select(shape => Name(shape))];

    /// <summary>Names of colours with shapes by their numbers: all shapes of the first colour, then of the next.</summary>
    public static IReadOnlyList<string> ColoredNames { get; } =
        [.. Enum.GetValues<SceneColor>().SelectMany(color => Enum.GetValues<SceneShape>().Select(shape => $"{Name(color)} {Name(shape)}"))];

    private static string Things(IReadOnlyList<SceneFigure> figures) => figures.Count == 1
        ? $"{Article(Name(figures[0].Color))} {Name(figures[0].Color)} {Name(figures[0].Shape)}"
        : $"{Numbers[figures.Count]} {Name(figures[0].Color)} {Plural(figures[0].Shape)}";

    private static string Plural(SceneShape shape) => shape == SceneShape.Cross ? "crosses" : Name(shape) + "s";

    private static string Article(string word) => "aeiou".Contains(word[0], StringComparison.Ordinal) ? "an" : "a";

    private static string Name<T>(T part) where T : struct, Enum => part.ToString().ToLowerInvariant();
}
