using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Drawn pictures: repeatable, disjoint, and what is said of them is true of their pixels.</summary>
public sealed class DrawnScenesTests
{
    private static readonly SceneSplit[] Splits = Enum.GetValues<SceneSplit>();

    [Fact]
    public void Boxes_may_be_of_colours_and_shapes()
    {
        var scenes = new DrawnScenes(new() { Boxes = SceneBoxes.ColorsAndShapes });
        var set = ImageSets.Read("drawn-scenes-colors#test");
        Assert.Equal(48, set.CategoryNames.Distinct().Count());
        for (var i = 0; i < 50; i++)
        {
            var figures = scenes.Scene(SceneSplit.Test, i).Figures.Select(figure => $"{figure.Color} {figure.Shape}".ToLowerInvariant());
            Assert.Equal(figures, set.Samples[i].Boxes!.Select(box => set.CategoryNames[box.Category]));
        }

        // A model keeps the numbers that it has learnt.
        IReadOnlyList<string> names = ["nothing else", .. DrawnScenes.LabelNames.Reverse()];
        var turned = ImageSets.Read("drawn-scenes#test", options: new() { CategoryNames = names });
        Assert.Equal(8 - (int)scenes.Scene(SceneSplit.Test, 0).Figures.First().Shape, turned.Samples[0].Boxes![0].Category);
        Assert.Throws<BadInputException>(() => ImageSets.Read("drawn-scenes#test", options: new() { CategoryNames = ["circle"] }));
    }

    [Fact]
    public void The_same_seed_draws_the_same_pictures_and_another_seed_others()
    {
        uint[] Draw(ulong seed) => [.. new DrawnScenes(new() { Seed = seed }).Read(SceneSplit.Train, 12).Samples.Select(sample => ImageFixtures.Checksum(sample.Image.Load()))];

        Assert.Equal(Draw(1), Draw(1));
        Assert.Equal(12, Draw(1).Concat(Draw(2)).Distinct().Count() - 12);
    }

    [Fact]
    public void No_scene_of_one_split_is_in_another_whatever_the_seeds()
    {
        // Few kinds of scenes, so that repetitions are frequent and would be met in the wrong split.
        var options = new DrawnSceneOptions { Side = 24, MaxCount = 1, WordProbability = 0, NoiseProbability = 0 };
        var keys = Splits.ToDictionary(split => split, split => new HashSet<string>(
            Enumerable.Range(0, 3).SelectMany(seed => Enumerable.Range(0, 2000).Select(i => new DrawnScenes(options with { Seed = (ulong)seed }).Scene(split, i).Key))));

        Assert.InRange(keys[SceneSplit.Validation].Count, 100, 5900);
        Assert.Empty(keys[SceneSplit.Train].Intersect(keys[SceneSplit.Validation]));
        Assert.Empty(keys[SceneSplit.Train].Intersect(keys[SceneSplit.Test]));
        Assert.Empty(keys[SceneSplit.Validation].Intersect(keys[SceneSplit.Test]));
        Assert.All(Splits, split => Assert.Equal(split, DrawnScenes.SplitOf(new DrawnScenes(options).Scene(split, 5))));
    }

    [Fact]
    public void Every_box_holds_its_figure_and_its_colour_and_nothing_lies_outside_the_boxes()
    {
        var scenes = new DrawnScenes(new() { Seed = 3, Side = 96, NoiseProbability = 0, WordProbability = 0 });
        for (var i = 0; i < 60; i++)
        {
            var scene = scenes.Scene(SceneSplit.Train, i);
            var image = DrawnScenes.Draw(scene);
            var background = scene.Background switch { SceneBackground.White => 250, SceneBackground.Grey => 128, _ => 12 };
            bool IsDrawn(int y, int x) => image[y, x] != new RgbColor((byte)background, (byte)background, (byte)background);
            foreach (var figure in scene.Figures)
            {
                var (right, bottom) = (figure.Left + figure.Size - 1, figure.Top + figure.Size - 1);
                // Something touches each side of the box.
                Assert.Contains(Enumerable.Range(figure.Left, figure.Size), x => IsDrawn(figure.Top, x));
                Assert.Contains(Enumerable.Range(figure.Left, figure.Size), x => IsDrawn(bottom, x));
                Assert.Contains(Enumerable.Range(figure.Top, figure.Size), y => IsDrawn(y, figure.Left));
                Assert.Contains(Enumerable.Range(figure.Top, figure.Size), y => IsDrawn(y, right));
            }

            var outside = Enumerable.Range(0, 96 * 96).Where(p => !scene.Figures.Any(f => p / 96 >= f.Top && p / 96 < f.Top + f.Size && p % 96 >= f.Left && p % 96 < f.Left + f.Size));
            Assert.All(outside, p => Assert.False(IsDrawn(p / 96, p % 96)));
        }
    }

    [Fact]
    public void Captions_and_answers_follow_from_the_content()
    {
        var set = new DrawnScenes(new() { Seed = 9 }).Read(SceneSplit.Train, 400);
        var scenes = new DrawnScenes(new() { Seed = 9 });
        for (var i = 0; i < 400; i++)
        {
            var (scene, sample) = (scenes.Scene(SceneSplit.Train, i), set.Samples[i]);
            Assert.Equal((int)scene.Subject[0].Shape, sample.Label);
            Assert.Equal(scene.Figures.Count(), sample.Boxes!.Count);
            Assert.True(scene.Others.Count < scene.Subject.Count);
            Assert.Contains(scene.Subject[0].Color.ToString().ToLowerInvariant(), sample.Captions[0], StringComparison.Ordinal);
            var count = sample.Questions.Single(question => question.Question.StartsWith("How many", StringComparison.Ordinal));
            Assert.Equal(scene.Subject.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), count.Answers[1]);
            var asked = sample.Questions.Single(question => question.Question.StartsWith("Is there", StringComparison.Ordinal));
            Assert.Equal(scene.Figures.Any(figure => asked.Question.EndsWith($" {figure.Shape.ToString().ToLowerInvariant()}?", StringComparison.Ordinal)) ? "yes" : "no", asked.Answers[0]);
            Assert.Equal(scene.Word is not null, sample.Questions.Any(question => question.Answers[0] == scene.Word));
        }

        Assert.Equal(8, set.Samples.Select(sample => sample.Label).Distinct().Count());
        var answers = set.Samples.SelectMany(sample => sample.Questions).Where(question => question.Question.StartsWith("Is there", StringComparison.Ordinal)).ToList();
        Assert.InRange(answers.Count(question => question.Answers[0] == "yes"), 160, 240);
    }

    [Fact]
    public void What_is_written_is_read_again_as_folders_and_as_a_table()
    {
        using var folder = new TemporaryFolder();
        var scenes = new DrawnScenes(new() { Seed = 2, Side = 48 });
        scenes.Write(folder.Path("scenes"), new Dictionary<SceneSplit, int> { [SceneSplit.Train] = 30, [SceneSplit.Validation] = 8, [SceneSplit.Test] = 5 });
        var drawn = scenes.Read(SceneSplit.Train, 30);

        var folders = ImageFolder.Read(folder.Path("scenes", "train"));
        var table = ImageTable.Read(folder.Path("scenes", "train", DrawnScenes.TableName), DrawnScenes.Columns, options: new() { LabelNames = DrawnScenes.LabelNames });

        Assert.Equal(30, folders.Samples.Count);
        Assert.Equal("NotAnImage", Assert.Single(folders.Skipped.Reasons).Key);
        Assert.Equal(8, ImageFolder.Read(folder.Path("scenes", "validation")).Samples.Count);
        for (var i = 0; i < 30; i++)
        {
            var (expected, found) = (drawn.Samples[i], table.Samples[i]);
            Assert.Equal(expected.Image.Load().Pixels, found.Image.Load().Pixels);
            Assert.Equal(expected.LabelSet, found.LabelSet);
            Assert.Equal(expected.Boxes!.Select(box => box.Category).ToHashSet(), expected.LabelSet!.ToHashSet());
            Assert.Equal((expected.Label, string.Join('/', expected.Captions)), (found.Label, string.Join('/', found.Captions)));
            Assert.Equal(expected.Questions.Select(q => q.Question + string.Join('/', q.Answers)), found.Questions.Select(q => q.Question + string.Join('/', q.Answers)));
            Assert.Equal(
                expected.Boxes!.Select(box => (box.Left, box.Top, box.Width, DrawnScenes.LabelNames[box.Category])),
                found.Boxes!.Select(box => (box.Left, box.Top, box.Width, table.CategoryNames[box.Category])));
        }

        Assert.Throws<PlinthException>(() => scenes.Write(folder.Path("scenes"), new Dictionary<SceneSplit, int>()));
    }

    [Fact]
    public void Classes_can_be_told_apart_from_the_pixels()
    {
        // Nearest neighbour on the outlines of single figures, far above the one in eight of guessing.
        var scenes = new DrawnScenes(new() { Seed = 4, MaxCount = 1, NoiseProbability = 0, WordProbability = 0 });
        float[] Outline(SceneSplit split, int i, out int label)
        {
            var scene = scenes.Scene(split, i);
            label = (int)scene.Subject[0].Shape;
            var figure = scene.Subject[0];
            var image = ImageResizer.Resize(DrawnScenes.Draw(scene), 16, 16, ResampleFilter.Bilinear, new(figure.Left, figure.Top, figure.Left + figure.Size, figure.Top + figure.Size));
            var corner = (int)scene.Background switch { 0 => 250, 1 => 128, _ => 12 };
            return [.. Enumerable.Range(0, 256).Select(p => Math.Abs(image[p / 16, p % 16].Green - corner) + Math.Abs(image[p / 16, p % 16].Red - corner) > 40 ? 1f : 0f)];
        }

        var known = Enumerable.Range(0, 200).Select(i => (Values: Outline(SceneSplit.Train, i, out var label), Label: label)).ToList();
        var right = Enumerable.Range(0, 80).Count(i =>
        {
            var values = Outline(SceneSplit.Test, i, out var label);
            return known.MinBy(other => other.Values.Zip(values, (a, b) => Math.Abs(a - b)).Sum()).Label == label;
        });

        Assert.InRange(right, 72, 80);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DrawnScenes(new() { Side = 8 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DrawnScenes(new() { MaxCount = 5 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DrawnScenes().Read(SceneSplit.Test, 0));
    }
}
