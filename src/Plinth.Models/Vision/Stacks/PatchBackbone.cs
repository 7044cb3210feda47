using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>The backbone of every family that sees patches.</summary>
public sealed class PatchBackbone : Backbone
{
    private readonly PatchTransformer stack;

    /// <param name="options">Its form.</param>
    public PatchBackbone(PatchOptions options)
        : base(nameof(PatchBackbone))
    {
        stack = new(options);
        RegisterComponents();
        stack.Initialize();
    }

    /// <inheritdoc />
    public override int HiddenSize => stack.Options.HiddenSize;

    /// <inheritdoc />
    public override int MaximumLength => stack.Options.Length;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0) => stack.Embed(ImageInputs.Check(batch, stack.Options.ChannelCount));

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => stack.Encode(input, context);
}
