using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Stacks;

/// <summary>The backbone of every encoder and every decoder that stands alone: a token table and a <see cref="TextTransformer"/>.</summary>
public sealed class TextBackbone : Backbone
{
    private readonly TokenTable tokens;
    private readonly TextTransformer stack;

    /// <param name="vocabularySize">Entries in the vocabulary.</param>
    /// <param name="options">Its form.</param>
    public TextBackbone(int vocabularySize, StackOptions options)
        : base(nameof(TextBackbone))
    {
        ArgumentNullException.ThrowIfNull(options);
        tokens = new(vocabularySize, options.TokenSize);
        stack = new(options);
        RegisterComponents();
        Initialization.Normal(tokens.Weight, options.InitializerRange);
        stack.Initialize();
    }

    /// <inheritdoc />
    public override int HiddenSize => stack.Options.FeatureSize;

    /// <inheritdoc />
    public override int MaximumLength => stack.MaximumLength;

    /// <inheritdoc />
    public override Tensor TokenEmbedding => tokens.Weight;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0) => Embed(batch, pastLength, vectors => vectors);

    /// <summary>Looks up the tokens, lets their vectors be changed, and goes on.</summary>
    /// <param name="batch">A <see cref="TextBatch"/>.</param>
    /// <param name="pastLength">Positions already in the cache.</param>
    /// <param name="change">Given the tokens' own vectors and gives those that stand for them; <c>[batch, seq, embedding]</c>.</param>
    public EmbeddedSequence Embed(Batch batch, long pastLength, Func<Tensor, Tensor> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var text = TextInputs.Check(batch);
        stack.CheckLength(text.InputIds.size(1), pastLength);
        return stack.Embed(change(tokens.forward(text.InputIds)), text, text.InputIds, text.AttentionMask, pastLength);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => stack.Encode(input, context);
}
