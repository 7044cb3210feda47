using Plinth.Core;
using Plinth.Layers.Convolution;
using Plinth.Models.Vision.Stacks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.ResNet;

/// <summary>A wide convolution and the largest of each neighbourhood: the map has a quarter of the picture's rows and columns.</summary>
public sealed class ResNetStem : ImageStem
{
    private readonly NormedConvolution first;

    /// <param name="config">Its sizes.</param>
    public ResNetStem(ResNetConfig config)
        : base(nameof(ResNetStem))
    {
        ArgumentNullException.ThrowIfNull(config);
        ChannelCount = config.NumChannels;
        first = new(new() { InputSize = config.NumChannels, OutputSize = config.EmbeddingSize, KernelSize = 7, Step = 2 }, config.HiddenAct);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override int ChannelCount { get; }

    /// <inheritdoc />
    public override EmbeddedImages Embed(ImageBatch images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var map = first.forward(MapLayout.ToChannelsLast(images.PixelValues));
        return MapLayout.ToSequence(MapLayout.ToChannelsLast(nn.functional.max_pool2d(MapLayout.ToChannelsFirst(map), [3L, 3L], [2L, 2L], [1L, 1L])));
    }
}

/// <summary>Residual layers, the first of which may halve the map.</summary>
public sealed class ResNetStage : ImageStage
{
    private readonly ModuleList<ResidualLayer> layers;

    /// <param name="first">The first layer; the others keep its output's form.</param>
    /// <param name="depth">How many layers there are.</param>
    public ResNetStage(ResidualOptions first, int depth)
        : base(nameof(ResNetStage))
    {
        ArgumentNullException.ThrowIfNull(first);
        var others = first with { InputSize = first.OutputSize, Step = 1 };
        layers = new([.. Enumerable.Range(0, depth).Select(i => new ResidualLayer(i == 0 ? first : others))]);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override EmbeddedImages Run(EmbeddedImages input)
    {
        var map = MapLayout.ToMap(input);
        foreach (var layer in layers)
        {
            using var scope = NewDisposeScope();
            map = layer.forward(map).MoveToOuterDisposeScope();
        }

        return MapLayout.ToSequence(map);
    }
}
