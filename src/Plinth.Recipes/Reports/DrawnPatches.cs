using Plinth.Core;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Reports;

/// <summary>The part of a report that shows what a model draws where patches are hidden: the picture, what was seen of it, what was drawn.</summary>
internal static class DrawnPatches
{
    private const int Most = 12, Gap = 2;
    private const byte Grey = 128;

    /// <summary>Makes the part.</summary>
    /// <param name="objective">Hides the patches; its model draws them.</param>
    /// <param name="head">The model's head.</param>
    /// <param name="samples">Pictures, the first of which are shown.</param>
    /// <param name="processor">Makes values of them.</param>
    /// <param name="seed">Chooses what is hidden.</param>
    public static ReportSection Section(Objective objective, IPixelHead head, IReadOnlyList<ImageSample> samples, ImageProcessor processor, int seed)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        ImageSample[] shown = [.. samples.Take(Most)];
        var device = objective.Model.Device;
        var batch = (ImageBatch)objective.Prepare(processor.Process([.. shown.Select(sample => processor.Decode(sample.Image))]).ToBatch(), new Random(seed)).To(device);
        var drawn = head.Join(head.Drawn(objective.Model.Logits(batch), batch.PixelValues));                          // [batch, channel, height, width]
        var seen = batch.VisiblePatches!;
        var isSeen = head.Join(zeros(shown.Length, head.PatchCount, device: device).scatter(1, seen, ones_like(seen, ScalarType.Float32)).unsqueeze(-1)) > 0;
        var (original, made) = (Bytes(batch.PixelValues, processor.Config), Bytes(drawn, processor.Config));
        var grey = full_like(original, (int)Grey);
        using var tiles = cat([original, Between(original), where(isSeen, original, grey), Between(original), where(isSeen, original, made)], -1).permute(0, 2, 3, 1).cpu().contiguous();
        var sheet = new ContactSheet("");
        var (height, width) = ((int)tiles.size(1), (int)tiles.size(2));
        foreach (var (sample, pixels) in shown.Zip(tiles.data<byte>().ToArray().Chunk(height * width * RgbImage.Channels)))
        {
            sheet.Add(new(height, width, pixels), Path.GetFileName(sample.Image.Name), []);
        }

        return sheet.Section("Hidden patches", "Each picture, what the model saw of it, and what it drew in place of the rest.");
    }

    // Back from the values of the model to those of pixels; uint8 [batch, channel, height, width].
    private static Tensor Bytes(Tensor values, ImageProcessorConfig config)
    {
        Tensor Channels(ChannelValues of) => tensor(new[] { (float)of.Red, (float)of.Green, (float)of.Blue }, device: values.device).view(1, RgbImage.Channels, 1, 1);
        var plain = config.DoNormalize ? (values * Channels(config.ImageStd)) + Channels(config.ImageMean) : values;
        return (config.DoRescale ? plain / config.RescaleFactor : plain).round().clamp(0, byte.MaxValue).to(ScalarType.Byte);
    }

    private static Tensor Between(Tensor pictures) => full([pictures.size(0), pictures.size(1), pictures.size(2), Gap], byte.MaxValue, dtype: ScalarType.Byte, device: pictures.device);
}
