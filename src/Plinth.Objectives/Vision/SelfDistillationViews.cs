using Plinth.Core;

namespace Plinth.Objectives.Vision;

/// <summary>What of a picture's features is compared.</summary>
public enum PictureSummary
{
    /// <summary>The first vector: the class token, where an architecture has one.</summary>
    FirstToken,

    /// <summary>The mean of all vectors.</summary>
    Mean,
}

/// <summary>Views, head and teacher of self-distillation. Shares and temperatures are DINO's; the head is smaller than its 65,536 outputs.</summary>
public sealed record SelfDistillationViews
{
    /// <summary>Large crops that student and teacher see.</summary>
    internal const int GlobalCount = 2;

    /// <summary>Small crops of each picture that the student alone sees; 0 for none.</summary>
    public int LocalCount { get; init; } = 4;

    /// <summary>Height and width of the small crops in pixels, for models that take pictures of several sizes; null is that of the pictures.</summary>
    public int? LocalSize { get; init; }

    /// <summary>Smallest share of a picture's area in a small crop, over 0.</summary>
    public double LeastShare { get; init; } = 0.05;

    /// <summary>Largest share in a small crop and smallest in a large one, up to 1.</summary>
    public double MiddleShare { get; init; } = 0.4;

    /// <summary>Probability that a crop is mirrored.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>What of the features is compared.</summary>
    public PictureSummary Summary { get; init; }

    /// <summary>Outputs of the head, which exists only for training.</summary>
    public int OutputSize { get; init; } = 4096;

    /// <summary>Width inside the head.</summary>
    public int InnerSize { get; init; } = 2048;

    /// <summary>Width before its outputs.</summary>
    public int BottleneckSize { get; init; } = 256;

    /// <summary>How much of itself the teacher keeps at each step at first, 0 to 1; it rises to 1 over the run, by a cosine.</summary>
    public double TeacherMomentum { get; init; } = 0.996;

    /// <summary>Divides the student's scores.</summary>
    public double StudentTemperature { get; init; } = 0.1;

    /// <summary>Divides the teacher's scores at first.</summary>
    public double FirstTeacherTemperature { get; init; } = 0.04;

    /// <summary>Divides the teacher's scores at last.</summary>
    public double LastTeacherTemperature { get; init; } = 0.04;

    /// <summary>Steps over which the one becomes the other.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>How much of the old centre is kept at each step, 0 to 1.</summary>
    public double CentreMomentum { get; init; } = 0.9;

    /// <summary>Crops of each picture.</summary>
    internal int CropCount => GlobalCount + LocalCount;

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    public void Validate()
    {
        Require(LocalCount is >= 0 and <= 64, "local_count", LocalCount, "0 to 64");
        Require(LocalSize is null or > 0, "local_size", LocalSize, "above 0");
        Require(LeastShare > 0 && LeastShare <= MiddleShare && MiddleShare <= 1, "least_share", LeastShare, $"above 0 and at most middle_share = {MiddleShare}, which is at most 1");
        Require(FlipProbability is >= 0 and <= 1, "flip_probability", FlipProbability, "0 to 1");
        Require(OutputSize > 1, "output_size", OutputSize, "at least 2");
        Require(InnerSize > 0, "inner_size", InnerSize, "at least 1");
        Require(BottleneckSize > 0, "bottleneck_size", BottleneckSize, "at least 1");
        Require(TeacherMomentum is >= 0 and <= 1, "teacher_momentum", TeacherMomentum, "0 to 1");
        Require(CentreMomentum is >= 0 and <= 1, "centre_momentum", CentreMomentum, "0 to 1");
        Require(StudentTemperature > 0, "student_temperature", StudentTemperature, "above 0");
        Require(FirstTeacherTemperature > 0, "first_teacher_temperature", FirstTeacherTemperature, "above 0");
        Require(LastTeacherTemperature > 0, "last_teacher_temperature", LastTeacherTemperature, "above 0");
    }

    private static void Require(bool holds, string name, object? value, string wanted)
    {
        if (!holds)
        {
            throw new RecipeException($"{name} = {value} of self_distillation must be {wanted}.");
        }
    }
}
