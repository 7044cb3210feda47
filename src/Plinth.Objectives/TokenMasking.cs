using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>Hides tokens of a batch on the host.</summary>
internal sealed class TokenMasking
{
    private readonly MaskingOptions options;
    private readonly IReadOnlySet<int> specialIds;
    private readonly int maskId;
    private readonly int[] ordinaryIds;

    public TokenMasking(MaskingOptions options, TokenRoles roles)
    {
        options.Validate();
        this.options = options;
        specialIds = roles.SpecialIds;
        maskId = roles.MaskId
            ?? throw new PlinthException("Hiding tokens needs a mask token, and this vocabulary has none. Choose a tokenizer that has one, or the objective causal_lm.");
        ordinaryIds = [.. Enumerable.Range(0, roles.VocabularySize).Where(id => !specialIds.Contains(id))];
        if (ordinaryIds.Length == 0)
        {
            throw new PlinthException("The vocabulary has only special tokens; there is nothing to hide.");
        }
    }

    /// <returns>The batch with hidden tokens; its labels are the positions and true ids, int64 <c>[target, 2]</c>.</returns>
    public TextBatch Hide(TextBatch batch, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var (rows, seq) = (batch.InputIds.size(0), (int)batch.InputIds.size(1));
        var ids = batch.InputIds.contiguous().data<long>().ToArray();
        var isReal = batch.AttentionMask?.to(ScalarType.Int64).contiguous().data<long>().ToArray();
        var startsWord = options.WholeWord ? WordStarts(batch) : null;
        List<long> targets = [];      // position, true id, position, true id ...
        for (var row = 0; row < rows; row++)
        {
            var begin = row * seq;
            bool CanHide(int i) => (isReal is null || isReal[i] != 0) && !specialIds.Contains((int)ids[i]);
            foreach (var position in Choose(Words(begin, begin + seq, CanHide, startsWord), random))
            {
                targets.AddRange([position, ids[position]]);
                ids[position] = Replace(ids[position], random);
            }
        }

        return batch with
        {
            InputIds = tensor(ids, [rows, seq]).MoveToOuterDisposeScope(),
            Labels = tensor(targets.ToArray(), [targets.Count / 2, 2]).MoveToOuterDisposeScope(),
            WordStarts = null,      // has served
        };
    }

    private static bool[] WordStarts(TextBatch batch) =>
        batch.WordStarts?.contiguous().data<bool>().ToArray()
        ?? throw new PlinthException("Hiding whole words needs batches that say where words begin. Encode the corpus with word starts, or set whole_word to false.");

    // A word is a run of positions; without whole words each position is its own.
    private static List<(int Start, int Count)> Words(int begin, int end, Func<int, bool> canHide, bool[]? startsWord)
    {
        List<(int Start, int Count)> words = [];
        var follows = false;
        for (var i = begin; i < end; i++)
        {
            if (!canHide(i))
            {
                follows = false;
                continue;
            }

            if (follows && startsWord is not null && !startsWord[i])
            {
                words[^1] = (words[^1].Start, words[^1].Count + 1);
            }
            else
            {
                words.Add((i, 1));
            }

            follows = true;
        }

        return words;
    }

    // Shuffles as far as needed. A word that would overshoot is passed over, unless nothing was chosen yet.
    private List<int> Choose(List<(int Start, int Count)> words, Random random)
    {
        List<int> chosen = [];
        var wanted = Math.Max(1, (int)Math.Round(words.Sum(word => word.Count) * options.Probability, MidpointRounding.AwayFromZero));
        for (var i = 0; i < words.Count && chosen.Count < wanted; i++)
        {
            var other = random.Next(i, words.Count);
            (words[i], words[other]) = (words[other], words[i]);
            var (start, count) = words[i];
            if (chosen.Count == 0 || chosen.Count + count <= wanted)
            {
                chosen.AddRange(Enumerable.Range(start, count));
            }
        }

        chosen.Sort();
        return chosen;
    }

    private long Replace(long id, Random random)
    {
        var draw = random.NextDouble();
        return draw < options.MaskShare ? maskId
            : draw < options.MaskShare + options.RandomShare ? ordinaryIds[random.Next(ordinaryIds.Length)]
            : id;
    }
}
