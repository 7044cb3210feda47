using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Virtual tokens that are read like others: a vector each where the tokens' own are looked up (prompt tuning: Lester et al. 2021, arXiv:2104.08691).</summary>
/// <param name="vectors">What they begin with; <c>[token, embedding]</c>.</param>
public sealed class PromptTokens(Tensor vectors) : VirtualTokens(nameof(PromptTokens), vectors)
{
    /// <summary>Puts them before the vectors of tokens.</summary>
    /// <param name="tokens"><c>[batch, seq, embedding]</c>.</param>
    /// <returns><c>[batch, token + seq, embedding]</c>.</returns>
    public Tensor Before(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return cat([Weight.to(tokens.dtype).unsqueeze(0).expand(tokens.size(0), -1, -1), tokens], 1);
    }
}

/// <summary>Prompt tuning: vectors before those of what is read. They begin as those of tokens drawn from the vocabulary, as in section 3.1 of the paper.</summary>
public sealed record PromptOptions : VirtualTokenOptions
{
    /// <inheritdoc />
    public override VirtualTokens? Make(IVirtualTokenSlot slot, Tensor? vocabulary)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return slot.IsReading
            ? new PromptTokens(vocabulary?.detach().index_select(0, randint(vocabulary.size(0), Count, ScalarType.Int64, vocabulary.device)).to(ScalarType.Float32) ?? randn([Count, slot.TokenSize]) * 0.02)
            : null;
    }
}
