using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Form of self-distillation. The defaults are DINO's.</summary>
public sealed record SelfDistillationOptions
{
    /// <summary>Divides the student's scores.</summary>
    public double StudentTemperature { get; init; } = 0.1;

    /// <summary>Divides the teacher's scores at first; a small value sharpens them.</summary>
    public double FirstTeacherTemperature { get; init; } = 0.04;

    /// <summary>Divides the teacher's scores at last.</summary>
    public double LastTeacherTemperature { get; init; } = 0.04;

    /// <summary>Steps over which the one becomes the other.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>How much of the old centre is kept when a batch moves it; 0 to 1.</summary>
    public double CentreMomentum { get; init; } = 0.9;
}

/// <summary>
/// A student learns, from each crop of a picture, what a teacher says of its other views (DINO: Caron et al. 2021, arXiv:2104.14294,
/// algorithm 1). The teacher's scores are centred, so that no output wins everywhere, and sharpened, so that not all outputs are alike. The
/// centre is a part of a run's state.
/// </summary>
public sealed class SelfDistillation : nn.Module
{
    private readonly Tensor centre;
    private readonly SelfDistillationOptions options;

    /// <param name="outputSize">Outputs of student and teacher.</param>
    /// <param name="options">Its form; null takes the defaults.</param>
    public SelfDistillation(long outputSize, SelfDistillationOptions? options = null)
        : base(nameof(SelfDistillation))
    {
        this.options = options ?? new();
        centre = FreshWeights.Statistics(0, outputSize);
        RegisterComponents();
    }

    /// <summary>What is taken from the teacher's scores; <c>[output]</c>.</summary>
    public Tensor Centre => centre;

    /// <summary>What the teacher's scores are divided by.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    public double TeacherTemperature(long step)
    {
        var share = options.WarmupSteps <= 0 ? 1 : Math.Clamp((double)step / options.WarmupSteps, 0, 1);
        return options.FirstTeacherTemperature + (share * (options.LastTeacherTemperature - options.FirstTeacherTemperature));
    }

    /// <summary>Cross entropy of each crop with each view of the teacher's that is not the same crop; the count is the number of pairs.</summary>
    /// <param name="student">Raw scores of all crops, the teacher's views first and in its order; <c>[crop, batch, output]</c>.</param>
    /// <param name="teacher">Raw scores of the teacher, which receives no gradient; <c>[view, batch, output]</c>.</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <exception cref="ArgumentException">There is no pair of different crops, or the shapes differ.</exception>
    public SummedLoss Loss(Tensor student, Tensor teacher, long step = 0)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        var (crops, views, batch) = (student.size(0), teacher.size(0), teacher.size(1));
        if (student.size(1) != batch || student.size(2) != teacher.size(2) || crops < views || crops * views == views)
        {
            throw new ArgumentException(
                $"The student sees at least two crops, the teacher's views among them, of one batch; here they are [{string.Join(", ", student.shape)}] and [{string.Join(", ", teacher.shape)}].",
                nameof(student));
        }

        var wanted = F.softmax((teacher.detach() - centre) / TeacherTemperature(step), -1);
        var said = F.log_softmax(student / options.StudentTemperature, -1);
        // The sum over all pairs less that over equal crops: products of sums, so that no [view, crop] table of outputs is made.
        var all = (wanted.sum([0L]) * said.sum([0L])).sum();
        var same = (wanted * said.narrow(0, 0, views)).sum();
        return new(same - all, (double)((crops * views) - views) * batch);
    }

    /// <summary>Moves the centre towards the mean of the teacher's scores; once per step, after the loss.</summary>
    /// <param name="teacher">Raw scores of the teacher; <c>[view, batch, output]</c>.</param>
    public void MoveCentre(Tensor teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var mean = teacher.detach().reshape(-1, teacher.size(-1)).mean([0L]).to(centre.dtype);
        centre.mul_(options.CentreMomentum).add_(mean * (1 - options.CentreMomentum));
    }
}
