using Plinth.Core;
using Plinth.Inference.Constraints;
using Plinth.Inference.Sampling;

namespace Plinth.Inference;

/// <summary>One request without beams: a token for every row that is not finished, step by step.</summary>
internal sealed class TokenLoop : IDisposable
{
    private readonly Model model;
    private readonly GenerationRequest request;
    private readonly DecodingSession session;
    private readonly LogitsProcessors processors;
    private readonly ConstraintProcessor? constraint;
    private readonly TokenChooser chooser;
    private readonly List<int>[] rows;
    private readonly int[] promptLengths;
    private readonly FinishReason?[] finished;
    private int newCount;

    public TokenLoop(Model model, GenerationRequest request)
    {
        this.model = model;
        this.request = request;
        session = new(model, request);
        var copies = request.Options.NumReturnSequences;
        rows = [.. request.Prompts.SelectMany(prompt => Enumerable.Range(0, copies).Select(_ => prompt.ToList()))];
        promptLengths = [.. rows.Select(row => row.Count)];
        finished = new FinishReason?[rows.Length];
        constraint = request.Options.Constraint is { } rule ? new(rule, rows.Length, request.EndIds, request.Options.MaxNewTokens) : null;
        processors = new(request.Options, request.EndIds, constraint is null ? [] : [constraint]);
        chooser = new(request.Options, rows.Length);
    }

    /// <summary>Makes the next token of each open row; nothing when all are finished.</summary>
    public IReadOnlyList<(int Row, int Id)> Step(CancellationToken cancellation)
    {
        if (finished.All(reason => reason is not null))
        {
            return [];
        }

        cancellation.ThrowIfCancellationRequested();
        var chosen = Choose();
        newCount++;
        List<(int, int)> tokens = [];
        for (var row = 0; row < rows.Length; row++)
        {
            if (finished[row] is not null)
            {
                continue;
            }

            rows[row].Add(chosen[row]);
            tokens.Add((row, chosen[row]));
            finished[row] = Reason(row, chosen[row]);
        }

        return tokens;
    }

    /// <summary>Ends a row from outside.</summary>
    public void Stop(int row) => finished[row] ??= FinishReason.Stopped;

    /// <summary>Why a row has no further token; null while it is open.</summary>
    public FinishReason? ReasonOf(int row) => finished[row];

    public IReadOnlyList<GeneratedSequence> Results() =>
        [.. rows.Select((row, i) =>
        {
            var prompt = i / request.Options.NumReturnSequences;
            return new GeneratedSequence(prompt, request.Prompts[prompt], row[promptLengths[i]..], finished[i] ?? FinishReason.Stopped);
        })];

    public void Dispose() => session.Dispose();

    private FinishReason? Reason(int row, int id)
    {
        if (request.EndIds.Contains(id))
        {
            return FinishReason.EndToken;
        }

        var isFull = newCount >= request.Options.MaxNewTokens;
        return constraint?.Append(row, id) is { } progress && (progress.IsFinished || (isFull && progress.IsComplete)) ? FinishReason.Complete
            : isFull ? request.LengthReason
            : null;
    }

    private int[] Choose()
    {
        using var pass = new EvaluationPass(model);
        var copies = request.Options.NumReturnSequences;
        // A finished row goes on with padding, which nobody reads.
        var logits = newCount == 0 ? session.Begin() : session.Continue([.. rows.Select((row, i) => finished[i] is null ? row[^1] : request.PadId)]);
        if (newCount == 0 && copies > 1)
        {
            logits = logits.repeat_interleave(copies, 0);
            session.Reorder([.. Enumerable.Range(0, rows.Length).Select(row => row / copies)]);
        }

        return chooser.Choose(processors.Apply(new(rows, promptLengths) { IsFinished = row => finished[row] is not null }, logits));
    }
}
