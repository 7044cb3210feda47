using Plinth.Core;
using Plinth.Models.Vision.Yolos;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>Detection tokens behind the patches.</summary>
public sealed class YolosTests
{
    [Fact]
    public void Each_token_has_a_class_or_none_and_a_box_inside_the_picture_whatever_the_size()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var family = new YolosFamily();
        var config = (YolosConfig)family.Shape(new(3, 16, 2, 0, 0) { Image = new(16, 4) }) with { NumDetectionTokens = 5 };
        using var model = new Model(family, config.WithLabels(["cat", "dog"]), HeadKind.ObjectDetection);
        model.eval();
        foreach (var (height, width) in ((long, long)[])[(16, 16), (24, 12)])
        {
            var features = model.Backbone.Run(new ImageBatch { PixelValues = randn(2, 3, height, width) });
            Assert.Equal([2L, 1 + (height * width / 16) + 5, 16L], features.Hidden.shape);
            Assert.Equal([2L, 5L, 3L], model.Head!.Logits(features, model.Backbone).shape);
            var boxes = ((IBoxHead)model.Head).Boxes(features, model.Backbone);
            Assert.Equal([2L, 5L, 4L], boxes.shape);
            Assert.True(boxes.min().ToDouble() > 0 && boxes.max().ToDouble() < 1);
        }
    }
}
