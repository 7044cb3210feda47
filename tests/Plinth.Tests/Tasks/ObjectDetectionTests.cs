using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Models.Vision.Yolos;
using Plinth.Tasks.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

/// <summary>Boxes from the picture to the loss and back.</summary>
public sealed class ObjectDetectionTests
{
    // Pictures keep their proportions, and of a batch the smaller ones are padded.
    private static readonly ImageProcessor Padding = new(new() { ImageProcessorType = "YolosImageProcessor", Size = new BoundedEdge(16, 48, 8), DoPad = true });

    [Fact]
    public void A_handful_of_drawn_scenes_is_learnt_by_heart()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var scenes = new DrawnScenes(new() { Seed = 3, Side = 32, NoiseProbability = 0, WordProbability = 0 }).Read(SceneSplit.Train, 4);
        var family = new YolosFamily();
        var config = (YolosConfig)family.Shape(new(2, 64, 2, 0, 0) { Image = new(32, 8) }) with { NumDetectionTokens = 8 };
        var processor = new ImageProcessor(new() { ImageProcessorType = "YolosImageProcessor", Size = new ExactSize(32, 32) });
        var task = new ObjectDetection(new(family, config.WithLabels(scenes.CategoryNames), HeadKind.ObjectDetection), processor);
        var before = Score(task, scenes.Samples);

        var losses = TinyModels.Fit(task, task.Collate(scenes.Samples), 400, 2e-3);

        Assert.True(losses[^1] < 0.3 * losses[0], $"{losses[0]} to {losses[^1]}");
        var after = Score(task, scenes.Samples);
        Assert.True(before["average_precision_50"] < 0.05 && after["average_precision_50"] > 0.25, $"{before["average_precision_50"]} to {after["average_precision_50"]}");
        Assert.True(after["average_recall"] >= after["average_precision"], string.Join(", ", after));
    }

    [Fact]
    public void The_parts_of_the_loss_are_as_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        // Every prediction is the box in the middle, a quarter of the picture, with the scores 0, 1 and, for nothing, 2.
        var task = Constant([0, 1, 2], [0.5, 0.5, 0.5, 0.5]);
        // The left half of a picture of 20 × 24, and a crowd that is nobody's target.
        var sample = TinyPictures.Of(1) with { Boxes = [new(0, 0, 12, 20, 1), new(0, 0, 5, 5, 0, IsCrowd: true)] };
        var empty = TinyPictures.Of(2) with { Boxes = [] };
        var batch = task.Collate([sample, empty]);

        var counts = task.CountTargets(batch);
        var terms = task.Compute(batch);

        // Two pictures of five predictions, one of which is paired.
        Assert.Equal([1000 + (9 * 100), 1L, 1L], counts);
        Assert.Equal([("classes", 1.0), ("boxes", 5), ("overlaps", 2)], terms.Select(term => (term.Name, term.Weight)));
        var whole = Math.Log(Math.Exp(0) + Math.Exp(1) + Math.Exp(2));
        Assert.Equal((whole - 1 + (9 * 0.1 * (whole - 2))) / 1.9, terms[0].Sum.ToDouble() / counts[0], 5);
        Assert.Equal(0.25 + 0.5, terms[1].Sum.ToDouble(), 5);
        // Shared 1/8 of 5/8, in a box of 3/4.
        Assert.Equal(1 - (0.2 - (0.125 / 0.75)), terms[2].Sum.ToDouble(), 5);
    }

    [Fact]
    public void Costs_and_weights_are_options()
    {
        using var scope = NewDisposeScope();
        var task = Constant([0, 1, 2], [0.5, 0.5, 0.5, 0.5], new() { Loss = new() { NothingWeight = 0.25, ClassWeight = 3, BoxWeight = 1, OverlapWeight = 0 } });
        var batch = task.Collate([TinyPictures.Of(1) with { Boxes = [new(0, 0, 12, 20, 1)] }]);
        Assert.Equal([1000 + (4 * 250), 1L, 1L], task.CountTargets(batch));
        Assert.Equal([3.0, 1, 0], task.Compute(batch).Select(term => term.Weight));
        Assert.Throws<RecipeException>(() => Constant([0, 1, 2], [0.5, 0.5, 0.5, 0.5], new() { Loss = new() { BoxWeight = -1 } }));
    }

    [Fact]
    public void Boxes_come_back_to_where_they_were_in_the_picture()
    {
        using var scope = NewDisposeScope();
        var sample = new ImageSample(ImageSource.Of(new RgbImage(40, 90))) { Boxes = [new(9, 5, 45, 20, 0)] };
        double[] shares = [.. Constant([5, 0, 0], [0.5, 0.5, 0.5, 0.5], processor: Padding).Collate([sample]).Labels![0].narrow(0, 2, 4).data<float>().ToArray().Select(share => (double)share)];
        Assert.Equal([(9 + 22.5) / 90, (5 + 10) / 40.0, 0.5, 0.5], shares, (a, b) => Math.Abs(a - b) < 1e-6);

        // A model that says what was to be learnt says the box of the picture, whatever size it is computed in.
        var task = Constant([5, 0, 0], shares, processor: Padding);
        Assert.All(((BoxAnswer)task.Answer([sample])[0]).Boxes, found =>
        {
            Assert.Equal("a", found.Label);
            Assert.Equal([9, 5, 45, 20], [found.Left, found.Top, found.Width, found.Height], (a, b) => Math.Abs(a - b) < 1e-3);
        });
        Assert.Equal(1, Score(task, [sample])["average_precision"], 9);
    }

    [Fact]
    public void Targets_are_shares_of_the_padded_picture_and_end_at_the_border()
    {
        using var scope = NewDisposeScope();
        var task = Constant([0, 0, 0], [0.5, 0.5, 0.5, 0.5], processor: Padding);
        var wide = new ImageSample(ImageSource.Of(new RgbImage(16, 48))) { Boxes = [new(0, 0, 48, 16, 1)] };
        // Becomes 32 × 16 in values of 32 × 48. The second box lies outside, and the first one half outside.
        var high = new ImageSample(ImageSource.Of(new RgbImage(64, 32))) { Boxes = [new(-8, 32, 16, 64, 0), new(40, 0, 5, 5, 1)] };
        var labels = task.Collate([wide, high]).Labels!;
        Assert.Equal(
            [0f, 1, 0.5f, 0.25f, 1, 0.5f, 1, 0, 2 / 48f, 0.75f, 4 / 48f, 0.5f],
            labels.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void A_network_that_has_diverged_says_so_in_its_loss()
    {
        using var scope = NewDisposeScope();
        var task = Constant([double.NaN, 0, 0], [0.5, 0.5, 0.5, 0.5]);
        Assert.All(task.Compute(task.Collate([TinyPictures.Of(1) with { Boxes = [new(0, 0, 5, 5, 1)] }])), term => Assert.True(double.IsNaN(term.Sum.ToDouble())));
    }

    [Fact]
    public void What_cannot_be_learnt_or_scored_is_refused()
    {
        using var scope = NewDisposeScope();
        var task = Constant([0, 1, 2], [0.5, 0.5, 0.5, 0.5]);
        ImageSample none = TinyPictures.Of(1), unknown = TinyPictures.Of(2) with { Boxes = [new(0, 0, 5, 5, 2)] }, empty = TinyPictures.Of(3) with { Boxes = [] };
        Assert.Contains("no class 2", Assert.Throws<BadInputException>(() => task.Collate([unknown])).Message, StringComparison.Ordinal);
        Assert.Contains("no boxes", Assert.Throws<BadInputException>(() => task.Collate([empty, none])).Message, StringComparison.Ordinal);
        Assert.Null(task.Collate([none]).Labels);
        Assert.Contains("nothing to find", Assert.Throws<BadInputException>(() => task.Score([empty], task.Answer([empty]))).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => task.Score([none], task.Answer([none])));
        var cutting = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", DoCenterCrop = true, CropSize = new(16, 16) });
        Assert.Contains("do_center_crop", Assert.Throws<PlinthException>(() => Constant([0, 1, 2], [0.5, 0.5, 0.5, 0.5], processor: cutting)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, double> Score(ObjectDetection task, IReadOnlyList<ImageSample> samples) => task.Score(samples, task.Answer(samples)).ToDictionary();

    // A model with two classes whose every prediction is the same, whatever it sees.
    private static ObjectDetection Constant(IReadOnlyList<double> scores, IReadOnlyList<double> box, ObjectDetectionOptions? options = null, ImageProcessor? processor = null)
    {
        var model = TinyModels.For(HeadKind.ObjectDetection, 0, ["a", "b"]);
        using var noGrad = no_grad();
        var weights = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        foreach (var (part, values) in new[] { ("classes", scores), ("boxes", [.. box.Select(share => Math.Log(share / (1 - share)))]) })
        {
            weights[$"head.{part}.layers.2.weight"].zero_();
            weights[$"head.{part}.layers.2.bias"].copy_(tensor(values.ToArray()));
        }

        return new(model, processor ?? TinyPictures.Processor, options);
    }
}
