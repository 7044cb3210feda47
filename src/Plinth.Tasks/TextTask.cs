using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;

namespace Plinth.Tasks;

/// <summary>What tasks on texts share: encoding between special tokens.</summary>
public abstract class TextTask : SampleTask<TextSample>
{
    // About right for words in Latin letters.
    private const int CharactersPerToken = 4;

    private readonly Lazy<SpecialTemplate> single, pair;
    private readonly int longest;

    /// <param name="name">Name of the task, as in its catalog.</param>
    /// <param name="model">The model that learns and answers.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">Lengths and batches.</param>
    /// <param name="head">The head that the task needs, or null for any.</param>
    /// <exception cref="PlinthException">The model has another head, or nothing in it would learn.</exception>
    protected TextTask(string name, Model model, Tokenizer tokenizer, TextTaskOptions options, HeadKind? head)
        : base(name, model, options, head)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Tokenizer = tokenizer;
        longest = options.MaximumLength ?? int.MaxValue;
        PadId = TextRow.PadIdOf(tokenizer);
        single = new(() => new(tokenizer, isPair: false));
        pair = new(() => new(tokenizer, isPair: true));
    }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    // Virtual tokens, which take positions, may come after the task was made.
    /// <summary>Longest sequence in tokens, special tokens included.</summary>
    protected int MaximumLength => Math.Min(longest, Model.Backbone.MaximumLength);

    /// <summary>Id that fills short sequences.</summary>
    protected int PadId { get; }

    /// <inheritdoc />
    protected sealed override long ElementsOf(TextSample sample) => SampleBatches.LengthOf(sample) / CharactersPerToken;

    /// <summary>The special tokens around one text, or two.</summary>
    protected SpecialTemplate Template(bool isPair) => isPair ? pair.Value : single.Value;

    /// <summary>Tokens of text that fit beside the special tokens.</summary>
    /// <exception cref="PlinthException">None.</exception>
    protected int Room(bool isPair)
    {
        var room = MaximumLength - Template(isPair).Count;
        return room >= (isPair ? 2 : 1)
            ? room
            : throw new PlinthException($"A sequence of {MaximumLength} tokens has no room for text beside {Template(isPair).Count} special tokens. Choose a longer maximum_length.");
    }

    /// <summary>Encodes one text or two; where they are too long, the longer one loses its end first.</summary>
    protected TextRow Row(string text, string? second)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] first = [.. Tokenizer.EncodeIds(text)];
        int[] other = second is null ? [] : [.. Tokenizer.EncodeIds(second)];
        var (keepFirst, keepOther) = Shares(first.Length, other.Length, Room(second is not null));
        return Template(second is not null).Row(first.AsSpan(0, keepFirst), other.AsSpan(0, keepOther));
    }

    private static (int First, int Second) Shares(int first, int second, int room)
    {
        var excess = first + second - room;
        if (excess <= 0)
        {
            return (first, second);
        }

        // The longer one is cut down to the shorter one, then both in turn.
        var half = room / 2;
        return first <= half ? (first, room - first)
            : second <= room - half ? (room - second, second)
            : (half, room - half);
    }
}
