using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers.Losses;

public sealed class SelfDistillationTests
{
    [Fact]
    public void The_loss_is_the_mean_over_pairs_of_different_crops()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(15);
        using var distillation = new SelfDistillation(7);
        var (student, teacher) = (randn(5, 3, 7), randn(2, 3, 7));
        distillation.MoveCentre(randn(2, 3, 7) * 4);
        var (expected, pairs) = (0.0, 0);
        for (var view = 0; view < 2; view++)
        {
            for (var crop = 0; crop < 5; crop++)
            {
                if (crop != view)
                {
                    var wanted = ((teacher[view].to(ScalarType.Float64) - distillation.Centre.to(ScalarType.Float64)) / 0.04).softmax(-1);
                    expected -= (wanted * (student[crop].to(ScalarType.Float64) / 0.1).log_softmax(-1)).sum(-1).mean().ToDouble();
                    pairs++;
                }
            }
        }

        Assert.Equal(expected / pairs, distillation.Loss(student, teacher).Mean.ToDouble(), 1e-4);
    }

    [Fact]
    public void Gradients_reach_the_student_and_not_the_teacher()
    {
        using var scope = NewDisposeScope();
        using var distillation = new SelfDistillation(6);
        var (student, teacher) = (randn(4, 2, 6, requires_grad: true), randn(2, 2, 6, requires_grad: true));
        distillation.Loss(student, teacher).Mean.backward();
        Assert.True(student.grad!.abs().max().ToDouble() > 0);
        Assert.True(teacher.grad is null);
    }

    [Fact]
    public void The_centre_is_a_moving_mean_and_part_of_the_state()
    {
        using var scope = NewDisposeScope();
        using var distillation = new SelfDistillation(4, new() { CentreMomentum = 0.75 });
        distillation.MoveCentre(full([2, 3, 4], 8, ScalarType.Float32));
        distillation.MoveCentre(zeros(2, 3, 4));
        Assert.Equal(8 * 0.25 * 0.75, distillation.Centre.mean().ToDouble(), 6);
        Assert.Equal("centre", Assert.Single(distillation.named_buffers()).name);
        // What all outputs have in common makes no difference; what the centre takes away does.
        var (student, teacher) = (randn(3, 2, 4), randn(2, 2, 4));
        Assert.Equal(distillation.Loss(student, teacher).Mean.ToDouble(), distillation.Loss(student, teacher + 5).Mean.ToDouble(), 1e-4);
    }

    [Fact]
    public void The_teacher_grows_softer_over_the_warm_up()
    {
        using var scope = NewDisposeScope();
        using var distillation = new SelfDistillation(4, new() { LastTeacherTemperature = 0.07, WarmupSteps = 30 });
        Assert.Equal([0.04, 0.05, 0.07, 0.07], new[] { 0L, 10, 30, 99 }.Select(distillation.TeacherTemperature), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Throws<ArgumentException>(() => distillation.Loss(randn(1, 2, 4), randn(1, 2, 4)));
    }
}
