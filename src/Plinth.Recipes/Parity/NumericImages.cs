using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Pictures: processors by their settings, resizing of bytes, interpolation of feature maps.</summary>
internal static partial class NumericCase
{
    private const string Bytes = "pil.", Maps = "torch.", MapInput = "torch.input";

    private static readonly string[] ImageInputs = ["image0", "image1", MapInput];

    private static readonly string[] ImageEntries =
    [
        .. ((string[])["clip", "vit", "vit_bicubic_up", "convnext", "lanczos", "nearest"]).SelectMany(name => new[] { name + ".0", name + ".1" }),
        .. ((string[])["nearest", "box", "bilinear", "bicubic", "lanczos"]).SelectMany(filter => new[] { $"{Bytes}{filter}.20x15", $"{Bytes}{filter}.50x60" }),
        .. ((string[])["nearest", "bilinear", "bilinear_ac", "bilinear_aa", "bicubic"]).Select(mode => $"{Maps}{mode}.20x15"),
    ];

    private static void CompareImage(ParityCase parity, string name)
    {
        var parts = name.Split('.');
        if (name.StartsWith(Bytes, StringComparison.Ordinal))
        {
            var wanted = Picture(parity.Get(name));
            var resized = ImageResizer.Resize(Picture(parity.Get("image0")), wanted.Height, wanted.Width, Enum.Parse<ResampleFilter>(parts[1], ignoreCase: true));
            parity.CompareExactly(name, resized.Pixels.AsSpan().SequenceEqual(wanted.Pixels));
        }
        else if (name.StartsWith(Maps, StringComparison.Ordinal))
        {
            parity.Compare(name, Interpolated(parity.Get(MapInput), parts[1], parity.Get(name).shape[2..]));
        }
        else
        {
            var settings = parity.Meta["processors"]?[parts[0]] as JsonObject ?? throw new CheckpointException($"{parity.Folder}: meta.json has no settings of the processor '{parts[0]}'.");
            var values = ImageProcessor.Read((JsonObject)settings.DeepClone(), parity.Folder).Process(Picture(parity.Get("image" + parts[1])));
            parity.Compare(name, tensor(values.Values, [PixelPlanes.Channels, values.Height, values.Width]), tolerance: 1e-6);
        }
    }

    private static Tensor Interpolated(Tensor input, string mode, long[] size) => mode switch
    {
        "nearest" => nn.functional.interpolate(input, size, mode: InterpolationMode.Nearest),
        "bilinear" => nn.functional.interpolate(input, size, mode: InterpolationMode.Bilinear, align_corners: false),
        "bilinear_ac" => nn.functional.interpolate(input, size, mode: InterpolationMode.Bilinear, align_corners: true),
        "bicubic" => nn.functional.interpolate(input, size, mode: InterpolationMode.Bicubic, align_corners: false),
        _ => Smoothed(input, size),
    };

    // TorchSharp has no method for the antialiased form.
    private static Tensor Smoothed(Tensor input, long[] size)
    {
        var call = new AtenCall();
        call.Push(input).Push(size.AsSpan()).Push(false).PushNone().PushNone().Invoke("aten::_upsample_bilinear2d_aa");
        return call.Result();
    }

    private static RgbImage Picture(Tensor pixels) => new((int)pixels.size(0), (int)pixels.size(1), pixels.data<byte>().ToArray());
}
