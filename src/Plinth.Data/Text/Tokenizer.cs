using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Text to token ids, and back. Safe for concurrent use.</summary>
public abstract class Tokenizer : IProcessor
{
    /// <summary>Number of ids: one more than the largest.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Id that fills short sequences, or null.</summary>
    public virtual int? PadId => null;

    /// <summary>Id that stands for a hidden token, or null.</summary>
    public virtual int? MaskId => null;

    /// <summary>Id that begins a sequence of an encoder (<c>[CLS]</c>), or null.</summary>
    public virtual int? ClassId => null;

    /// <summary>Id between and after texts of an encoder (<c>[SEP]</c>), or null.</summary>
    public virtual int? SeparatorId => null;

    /// <summary>Id that begins a generated text, or null.</summary>
    public virtual int? BeginId => null;

    /// <summary>Id that ends a document or a generated text, or null.</summary>
    public virtual int? EndId => null;

    /// <summary>Id of what the vocabulary lacks, or null.</summary>
    public virtual int? UnknownId => null;

    /// <summary>Ids that are control tokens, never text.</summary>
    public abstract IReadOnlySet<int> SpecialIds { get; }

    /// <summary>Encodes a text, or a pair.</summary>
    /// <param name="text">The text; lone surrogates become U+FFFD.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="addSpecial">Whether the template adds its special tokens.</param>
    public abstract Encoding Encode(string text, string? pair = null, bool addSpecial = true);

    /// <summary>Only the ids of one text, the fast way for corpora.</summary>
    public virtual IReadOnlyList<int> EncodeIds(string text, bool addSpecial = false) => Encode(text, null, addSpecial).Ids;

    /// <summary>Puts the template's special tokens around ids that were encoded without them.</summary>
    /// <param name="first">Ids of the first text.</param>
    /// <param name="second">Ids of the second, or null.</param>
    public abstract (IReadOnlyList<int> Ids, IReadOnlyList<int> TypeIds) AddSpecial(IReadOnlyList<int> first, IReadOnlyList<int>? second = null);

    /// <summary>How many tokens the template adds.</summary>
    /// <param name="isPair">Whether there are two texts.</param>
    public abstract int SpecialCount(bool isPair);

    /// <summary>The text of ids; invalid UTF-8 becomes U+FFFD.</summary>
    public abstract string Decode(IReadOnlyList<int> ids, bool skipSpecial = true);

    /// <summary>The token's own form in the vocabulary, for example <c>##ing</c>, or null when there is no such id.</summary>
    public abstract string? TokenOf(int id);

    /// <summary>
    /// The bytes that a token writes between others, or null when it writes no text of its own: control tokens, the unknown token, and every token of
    /// a tokenizer whose text cannot be told token by token. One character may be spread over several tokens.
    /// </summary>
    public virtual byte[]? BytesOf(int id) => null;

    /// <summary>The id of a token's own form, or null.</summary>
    public abstract int? IdOf(string token);

    /// <summary>Writes the tokenizer's files (<c>tokenizer.json</c> and <c>tokenizer_config.json</c>) into a folder.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public abstract void Save(string folder);
}
