using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;

namespace Plinth.Tasks;

/// <summary>A question with a part of its context, as one row of a batch.</summary>
/// <param name="Sample">Number of the sample.</param>
/// <param name="Question">Ids of the question.</param>
/// <param name="Context">The whole context.</param>
/// <param name="Start">First token of the part.</param>
/// <param name="Count">Tokens of the part.</param>
internal sealed record ContextWindow(int Sample, int[] Question, Encoding Context, int Start, int Count)
{
    /// <summary>Cuts a context into windows that overlap; an empty one has a window too.</summary>
    /// <param name="sample">Number of the sample.</param>
    /// <param name="question">Ids of the question.</param>
    /// <param name="context">The whole context.</param>
    /// <param name="room">Tokens of question and context that fit.</param>
    /// <param name="overlap">Tokens that neighbours share; half of a window at most, or small windows would hardly move on.</param>
    public static IEnumerable<ContextWindow> Cut(int sample, int[] question, Encoding context, int room, int overlap)
    {
        var width = room - question.Length;
        var step = Math.Max(1, width - Math.Min(overlap, width / 2));
        for (var start = 0; ; start += step)
        {
            var count = Math.Min(width, context.Count - start);
            yield return new(sample, question, context, start, count);
            if (start + count >= context.Count)
            {
                yield break;
            }
        }
    }

    public TextRow Row(SpecialTemplate template) => template.Row(Question, (int[])[.. Context.Ids.Skip(Start).Take(Count)]);

    /// <summary>Column of a context token of this window.</summary>
    public int Column(SpecialTemplate template, int token) => template.SecondColumn(Question.Length) + token - Start;

    /// <summary>The tokens of a piece of the context, if this window holds all of them.</summary>
    public (int First, int Last)? Tokens(TextSpan span)
    {
        var (first, last) = (-1, -1);
        for (var token = 0; token < Context.Count; token++)
        {
            var place = Context.Spans[token];
            if (place.Length > 0 && place.End > span.Start && place.Start < span.Start + span.Text.Length)
            {
                (first, last) = (first < 0 ? token : first, token);
            }
        }

        return first >= Start && last < Start + Count && first >= 0 ? (first, last) : null;
    }

    /// <summary>The text between two tokens, without spaces around it.</summary>
    public TextSpan? Text(string context, int first, int last)
    {
        var (start, end) = (Context.Spans[first].Start, Context.Spans[last].End);
        while (start < end && char.IsWhiteSpace(context[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(context[end - 1]))
        {
            end--;
        }

        return end > start ? new(start, context[start..end]) : null;
    }
}
