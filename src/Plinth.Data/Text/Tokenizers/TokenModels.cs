namespace Plinth.Data.Text;

/// <summary>A token of a word.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Its first code unit in the word.</param>
/// <param name="End">The unit after its last.</param>
internal readonly record struct WordToken(int Id, int Start, int End);

/// <summary>Cuts a word into tokens of a vocabulary.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary { get; } = vocabulary;

    public abstract int? UnknownId { get; }

    public abstract void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens);

    /// <summary>A place after <paramref name="from" /> where a long word may be cut without changing its tokens, or its length.</summary>
    public virtual int NextCut(ReadOnlySpan<char> word, int from) => word.Length;
}

/// <summary>A word is a token, or unknown.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, int? unknownId) : TokenModel(vocabulary)
{
    public override int? UnknownId => unknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if ((Vocabulary.IdOf(word) ?? unknownId) is { } id)
        {
            tokens.Add(new(id, 0, word.Length));
        }
    }
}

/// <summary>The longest known piece first, from the left (Wu et al. 2016, arXiv:1609.08144). A word with an unknown piece is unknown as a whole.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly int unknownId, characterLimit;
    private readonly TokenTrie outer = new(), inner = new();

    public WordPieceModel(Vocabulary vocabulary, int unknownId, string prefix, int characterLimit)
        : base(vocabulary)
    {
        this.unknownId = unknownId;
        this.characterLimit = characterLimit;
        foreach (var (token, id) in vocabulary.Entries)
        {
            outer.Add(token, id);
            if (token.Length > prefix.Length && token.StartsWith(prefix, StringComparison.Ordinal))
            {
                inner.Add(token.AsSpan(prefix.Length), id);
            }
        }
    }

    public override int? UnknownId => unknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var first = tokens.Count;
        var start = HasTooMany(word) ? -1 : 0;
        while (start >= 0 && start < word.Length)
        {
            var (length, id) = (start == 0 ? outer : inner).Longest(word[start..]);
            if (length > 0)
            {
                tokens.Add(new(id, start, start + length));
            }

            start = length > 0 ? start + length : -1;
        }
        if (start >= 0)
        {
            return;
        }

        tokens.RemoveRange(first, tokens.Count - first);
        tokens.Add(new(unknownId, 0, word.Length));
    }

    private bool HasTooMany(ReadOnlySpan<char> word)
    {
        if (word.Length <= characterLimit)
        {
            return false;
        }

        var pairs = 0;
        foreach (var unit in word)
        {
            pairs += char.IsLowSurrogate(unit) ? 1 : 0;
        }

        return word.Length - pairs > characterLimit;
    }
}
