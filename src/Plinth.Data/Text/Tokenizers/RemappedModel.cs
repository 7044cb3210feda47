namespace Plinth.Data.Text;

/// <summary>A model whose tokens have other ids outside, as where a vocabulary is kept beside a SentencePiece model.</summary>
/// <param name="outer">The tokens and ids that are seen.</param>
/// <param name="inner">The model.</param>
/// <param name="ids">The outer id of each of the model's.</param>
/// <param name="unknownId">The outer id of what is unknown, or null.</param>
internal sealed class RemappedModel(Vocabulary outer, TokenModel inner, int[] ids, int? unknownId) : TokenModel(outer)
{
    public override int? UnknownId => unknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var first = tokens.Count;
        inner.Tokenize(word, tokens);
        foreach (ref var token in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens)[first..])
        {
            token = token with { Id = ids[token.Id] };
        }
    }

    public override int NextCut(ReadOnlySpan<char> word, int from) => inner.NextCut(word, from);
}
