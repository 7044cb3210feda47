using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Formats;

namespace Plinth.Data.Vision;

/// <summary>
/// Pictures that need no download: simple shapes with their class, the set of all shapes, captions, boxes, questions and answers. A scene belongs to one split
/// by its content, so that no picture of one is in another, however many are taken. The same seed gives the same pictures.
/// </summary>
public sealed class DrawnScenes
{
    /// <summary>Name of the table in each split's folder.</summary>
    public const string TableName = "metadata.jsonl";

    private readonly SceneMaker maker;
    private readonly bool hasColors;

    /// <param name="options">What the pictures are like; the plain case when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its bounds.</exception>
    public DrawnScenes(DrawnSceneOptions? options = null)
    {
        options ??= new();
        options.Check();
        (maker, hasColors) = (new(options), options.Boxes == SceneBoxes.ColorsAndShapes);
    }

    /// <summary>Names of the classes: the shapes.</summary>
    public static IReadOnlyList<string> LabelNames => SceneTexts.ShapeNames;

    /// <summary>Names of the categories of boxes: the shapes, or colours with shapes where the options say so.</summary>
    public IReadOnlyList<string> CategoryNames => hasColors ? SceneTexts.ColoredNames : SceneTexts.ShapeNames;

    /// <summary>The columns of the table that <see cref="Write"/> writes.</summary>
    public static ImageColumns Columns { get; } = new() { Image = "file_name", Label = "label", LabelSet = "shapes", Captions = "captions", Boxes = "objects", Questions = "questions" };

    /// <summary>What is in a picture.</summary>
    /// <param name="split">Its part.</param>
    /// <param name="index">Its number, from 0, without end.</param>
    public DrawnScene Scene(SceneSplit split, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return maker.Make(split, index);
    }

    /// <summary>The part that a scene belongs to.</summary>
    public static SceneSplit SplitOf(DrawnScene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return SceneHash.SplitOf(scene);
    }

    /// <summary>Draws a scene.</summary>
    public static RgbImage Draw(DrawnScene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return SceneDrawing.Draw(scene);
    }

    /// <summary>The first pictures of a part, drawn when they are asked for.</summary>
    /// <param name="split">The part.</param>
    /// <param name="count">How many.</param>
    public ImageSet Read(SceneSplit split, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new([.. Enumerable.Range(0, count).Select(i => Sample(Scene(split, i), $"drawn scene {i} of {split}"))], LabelNames, SkippedImages.None) { CategoryNames = CategoryNames };
    }

    /// <summary>Writes parts into a folder: <c>train</c>, <c>validation</c> and <c>test</c>, each with a folder for each class and a table of everything else.</summary>
    /// <param name="folder">A folder that does not exist yet, or is empty.</param>
    /// <param name="counts">Pictures of each part.</param>
    /// <exception cref="PlinthException">The folder holds something, or cannot be written.</exception>
    public void Write(string folder, IReadOnlyDictionary<SceneSplit, int> counts)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(counts);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new PlinthException($"The folder '{folder}' is not empty. Choose another one, or remove it.");
        }

        AtomicFolder.Write(folder, target =>
        {
            foreach (var (split, count) in counts)
            {
                WriteSplit(Path.Combine(target, split.ToString().ToLowerInvariant()), split, count);
            }
        });
    }

    private void WriteSplit(string folder, SceneSplit split, int count)
    {
        Directory.CreateDirectory(folder);
        using var stream = File.Create(Path.Combine(folder, TableName));
        using var table = RowFiles.Create(TableName, stream, []);
        for (var i = 0; i < count; i++)
        {
            var sample = Sample(Scene(split, i), "");
            var name = $"{LabelNames[sample.Label!.Value]}/{i:D6}.png";
            Directory.CreateDirectory(Path.Combine(folder, LabelNames[sample.Label.Value]));
            File.WriteAllBytes(Path.Combine(folder, name), ImageEncoder.Png(sample.Image.Load()));
            table.Write(Row(name, sample), name);
        }

        table.Complete();
    }

    private JsonObject Row(string name, ImageSample sample) => new()
    {
        ["file_name"] = name,
        ["label"] = LabelNames[sample.Label!.Value],
        ["shapes"] = new JsonArray([.. sample.LabelSet!.Select(shape => (JsonNode?)LabelNames[shape])]),
        ["captions"] = new JsonArray([.. sample.Captions.Select(caption => (JsonNode?)caption)]),
        ["objects"] = new JsonObject
        {
            ["bbox"] = new JsonArray([.. sample.Boxes!.Select(box => (JsonNode)new JsonArray(box.Left, box.Top, box.Width, box.Height))]),
            ["category"] = new JsonArray([.. sample.Boxes!.Select(box => (JsonNode?)CategoryNames[box.Category])]),
        },
        ["questions"] = new JsonArray(
        [
            .. sample.Questions.Select(question => (JsonNode)new JsonObject
            {
                ["question"] = question.Question,
                ["answers"] = new JsonArray([.. question.Answers.Select(answer => (JsonNode?)answer)]),
            }),
        ]),
    };

    private ImageSample Sample(DrawnScene scene, string name) => new(new Drawing(scene, name))
    {
        Label = (int)scene.Subject[0].Shape,
        LabelSet = [.. scene.Figures.Select(figure => (int)figure.Shape).Distinct().Order()],
        Captions = SceneTexts.Captions(scene),
        Boxes = [.. scene.Figures.Select(figure => new ImageBox(figure.Left, figure.Top, figure.Size, figure.Size, Category(figure)))],
        Questions = SceneTexts.Questions(scene),
    };

    private int Category(SceneFigure figure) => hasColors ? ((int)figure.Color * LabelNames.Count) + (int)figure.Shape : (int)figure.Shape;

    private sealed class Drawing(DrawnScene scene, string name) : ImageSource
    {
        public override string Name => name;

        public override RgbImage Load(RgbColor? background = null) => SceneDrawing.Draw(scene);
    }
}
