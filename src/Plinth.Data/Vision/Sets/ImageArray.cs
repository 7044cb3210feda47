using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Many pictures in one array, with their classes.</summary>
/// <param name="Name">The file, for messages.</param>
/// <param name="Values">The values; <c>[image, height, width]</c>, or with a last axis of 3.</param>
/// <param name="Shape">Lengths of the axes.</param>
internal sealed record ImageArray(string Name, byte[] Values, IReadOnlyList<long> Shape)
{
    /// <summary>Checks the axes before the values are read, and counts the values.</summary>
    /// <exception cref="BadInputException">They are no pictures, or too many.</exception>
    public static long Length(string name, IReadOnlyList<long> shape, ImageSetOptions options)
    {
        var arePictures = shape.Count == 3 || (shape.Count == 4 && shape[3] == RgbImage.Channels);
        if (!arePictures || shape.Any(axis => axis < 1))
        {
            throw new BadInputException($"{name} holds an array of [{string.Join(", ", shape)}]; pictures are [image, height, width] or [image, height, width, 3].");
        }

        var limits = options.Decoding.Limits;
        if (shape[1] > limits.MaxSide || shape[2] > limits.MaxSide || shape[1] * shape[2] > limits.MaxPixels || shape[0] > options.MaxFiles)
        {
            throw new BadInputException($"{name} claims {shape[0]:N0} pictures of {shape[1]:N0} x {shape[2]:N0}; read are at most {options.MaxFiles:N0} of {limits.MaxPixels:N0} pixels (ImageSetOptions.MaxFiles, ImageLimits).");
        }

        var length = (Int128)shape[0] * shape[1] * shape[2] * (shape.Count == 4 ? shape[3] : 1);
        return length <= Math.Min(options.MaxHeldBytes, Array.MaxLength)
            ? (long)length
            : throw new BadInputException($"{name} claims {length:N0} bytes of pictures; at most {options.MaxHeldBytes:N0} are kept in memory (ImageSetOptions.MaxHeldBytes).");
    }

    /// <summary>The pictures as samples.</summary>
    /// <param name="labels">One class a picture, or null.</param>
    /// <param name="labelSets">All classes of a picture, or null.</param>
    /// <param name="options">Names of the classes.</param>
    /// <param name="setClassCount">Classes that a picture may have several of.</param>
    public ImageSet ToSet(IReadOnlyList<int>? labels, IReadOnlyList<IReadOnlyList<int>>? labelSets, ImageSetOptions options, int setClassCount = 0)
    {
        var shape = new PixelSize((int)Shape[1], (int)Shape[2]);
        var classCount = labels is { Count: > 0 } ? labels.Max() + 1 : setClassCount;
        var names = options.LabelNames ?? [.. Enumerable.Range(0, classCount).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        if (classCount > names.Count)
        {
            throw new BadInputException($"{Name} has a class of number {classCount - 1}, but only {names.Count} classes are named.");
        }

        return new(
            [
                .. Enumerable.Range(0, (int)Shape[0]).Select(i => new ImageSample(new RasterImage(Values, shape, Shape.Count == 4 ? RgbImage.Channels : 1, i, Name))
                {
                    Label = labels?[i],
                    LabelSet = labelSets?[i],
                }),
            ],
            names, SkippedImages.None);
    }
}
