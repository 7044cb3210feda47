using Plinth.Core;
using Plinth.Models;
using Plinth.Objectives.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives.Vision;

/// <summary>A teacher that follows, views, and what is counted.</summary>
public sealed class SelfDistillationModelingTests
{
    private static readonly SelfDistillationViews Small = new() { OutputSize = 16, InnerSize = 32, BottleneckSize = 4, LocalCount = 3 };

    [Fact]
    public void The_teacher_begins_as_the_student_and_follows_it_by_its_momentum()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var objective = Build(Small with { TeacherMomentum = 0.75 });
        Assert.All(objective.Teacher.parameters().Zip(objective.Model.Backbone.parameters()), pair => Assert.True(pair.First.Equals(pair.Second)));
        var (student, teacher) = (objective.Model.Backbone.parameters().First(), objective.Teacher.parameters().First());
        var before = teacher.clone();
        student.add_(1);
        objective.Stepped(0, 100);
        Assert.True((teacher - before - 0.25).abs().max().ToDouble() < 1e-5);
        var late = teacher.clone();
        objective.Stepped(100, 100);
        Assert.True(teacher.Equals(late));
    }

    [Fact]
    public void Two_views_are_large_and_the_others_of_their_own_size()
    {
        using var scope = NewDisposeScope();
        var objective = Build(Small with { LocalSize = 8 }, "dinov2");
        var batch = (ImageBatch)objective.Prepare(Pictures(2 * 5), new(1));
        Assert.Equal([4L, 3, 16, 16], batch.PixelValues.shape);
        Assert.Equal([6L, 3, 8, 8], batch.Crops!.shape);
        Assert.Equal([2L * 2 * 4], objective.CountTargets(batch));
        Assert.True(double.IsFinite(objective.Compute(batch)[0].Sum.ToDouble()));
        Assert.Throws<ArgumentException>(() => objective.Prepare(Pictures(4), new(1)));
    }

    [Fact]
    public void Without_small_crops_the_views_alone_are_compared()
    {
        using var scope = NewDisposeScope();
        var objective = Build(Small with { LocalCount = 0, Summary = PictureSummary.Mean });
        var batch = objective.Prepare(Pictures(6), new(1));
        Assert.Equal([3L * 2], objective.CountTargets(batch));
        Assert.True(objective.Compute(batch)[0].Sum.ToDouble() > 0);
    }

    [Fact]
    public void Evaluation_moves_neither_centre_nor_teacher()
    {
        using var scope = NewDisposeScope();
        var objective = Build(Small);
        var batch = objective.Prepare(Pictures(10), new(1));
        double Loss() => objective.Compute(batch)[0].Sum.ToDouble();
        objective.eval();
        var first = Loss();
        objective.Stepped(1, 10);
        Assert.Equal(first, Loss(), 1e-4);
        objective.train();
        Loss();
        objective.Stepped(2, 10);
        objective.eval();
        Assert.NotEqual(first, Loss(), 1e-4);
    }

    [Theory]
    [InlineData("least")]
    [InlineData("output")]
    [InlineData("momentum")]
    public void Impossible_options_are_refused_by_name(string which)
    {
        var options = which switch { "least" => Small with { LeastShare = 0.9 }, "output" => Small with { OutputSize = 1 }, _ => Small with { TeacherMomentum = 2 } };
        Assert.Contains(which, Assert.Throws<RecipeException>(() => Build(options)).Message, StringComparison.Ordinal);
    }

    private static SelfDistillationModeling Build(SelfDistillationViews options, string type = "vit")
    {
        random.manual_seed(7);
        var family = ModelCatalog.Families[type];
        return new(new(family, family.Shape(new(1, 32, 2, 0, 0) { Image = new(16, 4) }), HeadKind.None), options);
    }

    private static ImageBatch Pictures(int count) => new() { PixelValues = (arange(0, count * 3 * 16 * 16, ScalarType.Float32) * 0.37).sin().view(count, 3, 16, 16) };
}
