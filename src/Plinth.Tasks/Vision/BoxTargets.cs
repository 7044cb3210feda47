using Plinth.Core;
using Plinth.Layers.Losses.Detection;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks.Vision;

/// <summary>The things of the pictures of a batch as one tensor: picture, class, and box as shares of the picture (centre, width, height); <c>[thing, 6]</c>.</summary>
/// <param name="classCount">Classes of the model.</param>
/// <param name="thingCount">Predictions of the model for a picture.</param>
/// <param name="nothingWeight">Weight of predictions that are to show nothing.</param>
internal sealed class BoxTargets(int classCount, int thingCount, double nothingWeight)
{
    /// <summary>What a target of the classes counts as: weights are broken numbers, and the trainer counts whole ones.</summary>
    public const int Units = 1000;

    private const int Columns = 6;

    /// <summary>Makes the tensor. Crowds are left out, for nobody can find each thing in one.</summary>
    /// <param name="boxes">Boxes of each picture, in pixels of its values.</param>
    /// <param name="height">Rows of the values.</param>
    /// <param name="width">Columns of the values.</param>
    /// <exception cref="BadInputException">The model has no such class.</exception>
    public Tensor Join(IReadOnlyList<IReadOnlyList<ImageBox>> boxes, long height, long width)
    {
        float[] values =
        [
            .. boxes.SelectMany((ofPicture, picture) => ofPicture.Where(box => !box.IsCrowd).SelectMany(box => (float[])
            [
                picture, SampleLabels.Known(box.Category, classCount),
                (float)((box.Left + (box.Width / 2)) / width), (float)((box.Top + (box.Height / 2)) / height), (float)(box.Width / width), (float)(box.Height / height),
            ])),
        ];
        return values.Length == 0 ? zeros(0, Columns) : tensor(values, [values.Length / Columns, Columns]);
    }

    /// <summary>The things of each picture, in the same memory.</summary>
    /// <param name="labels">As <see cref="Join"/> makes them.</param>
    /// <param name="pictureCount">Pictures of the batch.</param>
    public static IReadOnlyList<DetectionTarget> Split(Tensor labels, int pictureCount)
    {
        var start = 0L;
        return [.. PerPicture(labels, pictureCount).Select(count =>
        {
            var ofPicture = labels.narrow(0, start, count);
            start += count;
            return new DetectionTarget(ofPicture.select(1, 1).to(ScalarType.Int64), ofPicture.narrow(1, 2, 4));
        })];
    }

    /// <summary>The things of some pictures, for a batch that consists of these alone.</summary>
    /// <param name="labels">As <see cref="Join"/> makes them.</param>
    /// <param name="first">The first picture, from 0.</param>
    /// <param name="count">How many pictures.</param>
    public static Tensor Of(Tensor labels, int first, int count)
    {
        using var scope = NewDisposeScope();
        var pictures = labels.select(1, 0);
        var chosen = labels[pictures.ge(first).logical_and(pictures.lt(first + count))];
        chosen.select(1, 0).sub_(first);
        return chosen.MoveToOuterDisposeScope();
    }

    /// <summary>Counts the targets of a batch on the host.</summary>
    /// <param name="labels">As <see cref="Join"/> makes them.</param>
    /// <param name="pictureCount">Pictures of the batch.</param>
    /// <returns>The weight of all predictions in <see cref="Units"/>, and the number of things.</returns>
    public (long Classes, long Things) Count(Tensor labels, int pictureCount)
    {
        var paired = PerPicture(labels, pictureCount).Sum(count => Math.Min(count, thingCount));
        var nothing = ((long)pictureCount * thingCount) - paired;
        return ((Units * paired) + (long)Math.Round(Units * nothingWeight * nothing), labels.size(0));
    }

    private static long[] PerPicture(Tensor labels, int pictureCount)
    {
        var counts = new long[pictureCount];
        if (labels.size(0) > 0)
        {
            using var scope = NewDisposeScope();
            foreach (var picture in labels.select(1, 0).cpu().contiguous().data<float>())
            {
                counts[(int)picture]++;
            }
        }

        return counts;
    }
}
