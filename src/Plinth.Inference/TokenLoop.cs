using Plinth.Core;
using Plinth.Inference.Sampling;

namespace Plinth.Inference;

/// <summary>One request without beams: a token for every row that is not finished, step by step.</summary>
internal sealed class TokenLoop : IDisposable
{
    private readonly Model model;
    private readonly GenerationRequest request;
    private readonly DecodingSession session;
    private readonly LogitsProcessors processors;
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
        processors = new(request.Options, request.EndIds);
        var copies = request.Options.NumReturnSequences;
        rows = [.. request.Prompts.SelectMany(prompt => Enumerable.Range(0, copies).Select(_ => prompt.ToList()))];
        promptLengths = [.. rows.Select(row => row.Count)];
        finished = new FinishReason?[rows.Length];
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
            finished[row] = request.EndIds.Contains(chosen[row]) ? FinishReason.EndToken
                : newCount >= request.Options.MaxNewTokens ? request.LengthReason
                : null;
        }

        return tokens;
    }

    /// <summary>Ends a row from outside.</summary>
    public void Stop(int row) => finished[row] ??= FinishReason.Stopped;

    public IReadOnlyList<GeneratedSequence> Results() =>
        [.. rows.Select((row, i) =>
        {
            var prompt = i / request.Options.NumReturnSequences;
            return new GeneratedSequence(prompt, request.Prompts[prompt], row[promptLengths[i]..], finished[i] ?? FinishReason.Stopped);
        })];

    public void Dispose() => session.Dispose();

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

        return chooser.Choose(processors.Apply(new(rows, promptLengths), logits));
    }
}
