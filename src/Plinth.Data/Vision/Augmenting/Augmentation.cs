using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>One random change of a picture. It never writes into the picture that it is given.</summary>
public abstract record Augmentation
{
    /// <summary>Whether things are elsewhere afterwards, so that boxes would no longer fit.</summary>
    public abstract bool MovesThings { get; }

    /// <summary>Changes a picture, or gives it back as it is.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="random">What decides.</param>
    public abstract RgbImage Apply(RgbImage image, AugmentationRandom random);

    /// <summary>Whether <see cref="Follow"/> says where a thing is afterwards.</summary>
    public virtual bool TakesBoxesAlong => !MovesThings;

    /// <summary>Where a thing is afterwards, given the same randomness as <see cref="Apply"/>.</summary>
    /// <param name="box">Where it was.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="random">What decides.</param>
    public virtual ImageBox Follow(ImageBox box, int width, AugmentationRandom random) => box;
}

/// <summary>Changes one after the other. The same seed, epoch, picture and view give the same picture everywhere.</summary>
/// <param name="steps">The changes in their order.</param>
/// <param name="seed">Chooses all of them.</param>
public sealed class Augmentations(IReadOnlyList<Augmentation> steps, ulong seed)
{
    /// <summary>The changes.</summary>
    public IReadOnlyList<Augmentation> Steps { get; } = steps;

    /// <summary>Changes after which nobody could say where a box is.</summary>
    public IReadOnlyList<Augmentation> Losing { get; } = [.. steps.Where(step => !step.TakesBoxesAlong)];

    /// <summary>Changes a picture.</summary>
    /// <param name="image">The picture, which stays as it is.</param>
    /// <param name="epoch">Number of the pass over the data.</param>
    /// <param name="index">Number of the picture in its set.</param>
    /// <param name="view">Number of the view, where an objective wants several of one picture.</param>
    public RgbImage Apply(RgbImage image, long epoch, long index, int view = 0)
    {
        for (var step = 0; step < Steps.Count; step++)
        {
            // Each step has a chance of its own, so that one that draws more does not change the next.
            image = Steps[step].Apply(image, new(seed, epoch, index, view, step));
        }

        return image;
    }

    /// <summary>Where a thing is in the changed picture.</summary>
    /// <param name="box">Where it was.</param>
    /// <param name="width">Columns of the picture, which changes that take boxes along leave as they are.</param>
    /// <param name="epoch">Number of the pass over the data.</param>
    /// <param name="index">Number of the picture in its set.</param>
    public ImageBox Follow(ImageBox box, int width, long epoch, long index)
    {
        for (var step = 0; step < Steps.Count; step++)
        {
            box = Steps[step].Follow(box, width, new(seed, epoch, index, 0, step));
        }

        return box;
    }
}
