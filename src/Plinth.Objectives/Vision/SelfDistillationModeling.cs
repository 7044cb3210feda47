using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives.Vision;

/// <summary>
/// A model learns to say of each crop of a picture what a teacher says of its other views (DINO: Caron et al. 2021, arXiv:2104.14294). The
/// teacher has the model's form and follows its weights slowly; teacher, heads and centre are part of a run's state, and the model
/// alone is saved in the end.
/// </summary>
public sealed class SelfDistillationModeling : Objective
{
    private readonly Model model;
    private readonly DistillationHead head, teacherHead;
    private readonly Backbone teacher;
    private readonly SelfDistillation loss;
    private readonly Tensor stepsDone;
    private readonly SelfDistillationViews options;
    // What the teacher said since the last step, for the centre: [view, batch, output] each.
    private readonly List<Tensor> said = [];
    private long? step;

    /// <param name="model">The student, a bare backbone.</param>
    /// <param name="options">Views, head and teacher; null takes the defaults.</param>
    /// <exception cref="RecipeException">An option is impossible.</exception>
    public SelfDistillationModeling(Model model, SelfDistillationViews? options = null)
        : base(nameof(SelfDistillationModeling))
    {
        ArgumentNullException.ThrowIfNull(model);
        this.options = options ??= new();
        options.Validate();
        this.model = model;
        head = new(model.Backbone.HiddenSize, options);
        teacher = model.Family.BuildBackbone(model.Config);
        teacherHead = new(model.Backbone.HiddenSize, options);
        loss = new(options.OutputSize, new()
        {
            StudentTemperature = options.StudentTemperature, FirstTeacherTemperature = options.FirstTeacherTemperature,
            LastTeacherTemperature = options.LastTeacherTemperature, WarmupSteps = options.WarmupSteps, CentreMomentum = options.CentreMomentum,
        });
        stepsDone = zeros(1, ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
        foreach (var parameter in teacher.parameters().Concat(teacherHead.parameters()))
        {
            parameter.requires_grad = false;
        }

        Follow(0);
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <summary>The teacher's backbone. Its weights receive no gradients.</summary>
    public Backbone Teacher => teacher;

    /// <inheritdoc />
    /// <remarks>Pictures come in as many copies as there are crops, one after the other; each copy becomes one crop.</remarks>
    /// <exception cref="ArgumentException">The number of pictures is no multiple of the number of crops.</exception>
    public override Batch Prepare(Batch batch, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var images = ImageBatches.Of(batch);
        if (images.Count % options.CropCount != 0)
        {
            throw new ArgumentException($"Self-distillation takes {options.CropCount} copies of each picture, and a batch of {images.Count} cannot be that.", nameof(batch));
        }

        var (channels, height, width) = (images.PixelValues.size(1), images.PixelValues.size(2), images.PixelValues.size(3));
        List<Tensor> large = [], small = [];
        using var scope = NewDisposeScope();
        for (var row = 0; row < images.Count; row++)
        {
            var picture = images.PixelValues.select(0, row);
            var isLarge = row % options.CropCount < SelfDistillationViews.GlobalCount;
            (isLarge ? large : small).Add(isLarge
                ? PictureCrops.Cut(picture, random, options.MiddleShare, 1, options.FlipProbability, height, width)
                : PictureCrops.Cut(picture, random, options.LeastShare, options.MiddleShare, options.FlipProbability, options.LocalSize ?? height, options.LocalSize ?? width));
        }

        return images with
        {
            PixelValues = cat(large).MoveToOuterDisposeScope(),
            Crops = (small.Count > 0 ? cat(small) : zeros(0, channels, height, width)).MoveToOuterDisposeScope(),
        };
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        // Each view of the teacher's with each crop but the same one.
        var pairs = SelfDistillationViews.GlobalCount * (options.CropCount - 1L);
        return [Prepared(batch).Count / SelfDistillationViews.GlobalCount * pairs];
    }

    /// <inheritdoc />
    /// <remarks>A part is a picture with all its crops.</remarks>
    public override int PartCount(Batch batch) => Prepared(batch).Count / SelfDistillationViews.GlobalCount;

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count)
    {
        var images = Prepared(batch);
        return images with
        {
            PixelValues = images.PixelValues.narrow(0, first * SelfDistillationViews.GlobalCount, count * SelfDistillationViews.GlobalCount),
            Crops = images.Crops!.narrow(0, first * options.LocalCount, count * options.LocalCount),
        };
    }

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var images = Prepared(batch);
        step ??= stepsDone.cpu().ToInt64();
        var views = ByCrop(head.forward(Vectors(model.Backbone, images.PixelValues)), SelfDistillationViews.GlobalCount);
        var crops = options.LocalCount == 0 ? views
            : cat([views, ByCrop(head.forward(Vectors(model.Backbone, images.Crops!)), options.LocalCount)]);                // [crop, batch, output]
        Tensor wanted;
        using (no_grad())
        {
            // What the teacher says must not depend on chance.
            teacher.eval();
            wanted = ByCrop(teacherHead.forward(Vectors(teacher, images.PixelValues)), SelfDistillationViews.GlobalCount);
        }

        if (training)
        {
            said.Add(wanted.alias().DetachFromDisposeScope());
        }

        return [new("self_distillation", loss.Loss(crops, wanted, step.Value).Sum) { IsLikelihood = false }];
    }

    /// <inheritdoc />
    /// <exception cref="RecipeException">The weights are bfloat16, in which a teacher that follows slowly stands still.</exception>
    public override void Stepped(long step, long stepCount)
    {
        if (head.parameters().First().dtype != ScalarType.Float32)
        {
            throw new RecipeException("The teacher of self_distillation follows in steps too small for bfloat16. Use training.precision = float32.");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (said.Count > 0)
        {
            loss.MoveCentre(cat([.. said], 1));
            Forget();
        }

        var progress = stepCount > 0 ? Math.Clamp((double)step / stepCount, 0, 1) : 0;
        Follow(1 - ((1 - options.TeacherMomentum) * (Math.Cos(Math.PI * progress) + 1) / 2));
        this.step = step;
        stepsDone.fill_(step);
    }

    /// <inheritdoc />
    public override void Abandoned() => Forget();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }

    private static ImageBatch Prepared(Batch batch) => ImageBatches.Of(batch) is { Crops: not null } images ? images
        : throw new ArgumentException($"The batch has no crops: call {nameof(Prepare)} first.", nameof(batch));

    // [batch × crop, output] to [crop, batch, output].
    private static Tensor ByCrop(Tensor scores, int count) => scores.view(-1, count, scores.size(-1)).transpose(0, 1);

    private Tensor Vectors(Backbone backbone, Tensor pixels)
    {
        var features = backbone.Run(new ImageBatch { PixelValues = pixels });
        return options.Summary == PictureSummary.Mean ? features.Mean() : features.Hidden.select(1, 0);
    }

    private void Follow(double momentum)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Move(teacher, model.Backbone, momentum);
        Move(teacherHead, head, momentum);
    }

    private static void Move(nn.Module follower, nn.Module leader, double momentum)
    {
        foreach (var (old, now) in follower.parameters().Zip(leader.parameters()))
        {
            old.mul_(momentum).add_(now * (1 - momentum));
        }

        // Statistics of batches are taken over as they are.
        foreach (var (old, now) in follower.buffers().Zip(leader.buffers()))
        {
            old.copy_(now);
        }
    }

    private void Forget()
    {
        foreach (var scores in said)
        {
            scores.Dispose();
        }

        said.Clear();
    }
}
