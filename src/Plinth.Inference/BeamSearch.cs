using Plinth.Core;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>Keeps the most probable beginnings of each answer, as the reference's generate does it.</summary>
internal sealed class BeamSearch : IDisposable
{
    private readonly Model model;
    private readonly GenerationOptions options;
    private readonly IReadOnlyList<int> endIds;
    private readonly DecoderSession session;
    private readonly IReadOnlyList<LogitsProcessor> processors;
    private readonly int promptCount, promptLength, beamCount;
    private readonly List<List<int>> tokens;
    private readonly double[] running;
    private readonly List<Hypothesis>[] finished;
    private readonly bool[] isDone;

    public BeamSearch(
        Model model, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, IReadOnlyList<int> endIds, int padId, bool usesCache)
    {
        this.model = model;
        this.options = options;
        this.endIds = endIds;
        (promptCount, beamCount) = (prompts.Count, options.NumBeams);
        IReadOnlyList<IReadOnlyList<int>> repeated = [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, beamCount))];
        session = new(model, repeated, padId, usesCache);
        promptLength = session.Length;
        processors = LogitsProcessor.For(options, endIds, promptLength);
        tokens = [.. repeated.Select(prompt => Enumerable.Repeat(padId, promptLength - prompt.Count).Concat(prompt).ToList())];
        // All beams of a prompt begin alike, so that only the first may give the first candidates.
        running = [.. Enumerable.Range(0, promptCount * beamCount).Select(row => row % beamCount == 0 ? 0 : -1e9)];
        finished = [.. Enumerable.Range(0, promptCount).Select(_ => new List<Hypothesis>())];
        isDone = new bool[promptCount];
    }

    public IReadOnlyList<GeneratedSequence> Run(CancellationToken cancellation)
    {
        int[]? previous = null;
        for (var made = 1; made <= options.MaxNewTokens && !isDone.All(done => done); made++)
        {
            cancellation.ThrowIfCancellationRequested();
            var isFull = session.Length + (previous is null ? 0 : 1) >= model.Backbone.MaximumLength;
            previous = Step(previous, made, isLast: made == options.MaxNewTokens || isFull, isFull);
            if (isFull)
            {
                break;
            }
        }

        return [.. Enumerable.Range(0, promptCount).SelectMany(prompt => finished[prompt].Take(options.NumReturnSequences)
            .Select(best => new GeneratedSequence(prompt, best.Ids, best.Reason, best.Score)))];
    }

    public void Dispose() => session.Dispose();

    private int[] Step(int[]? previous, int made, bool isLast, bool isFull)
    {
        var candidates = Candidates(previous);
        var next = new int[promptCount * beamCount];
        var sources = new int[promptCount * beamCount];
        var scores = new double[promptCount * beamCount];
        for (var prompt = 0; prompt < promptCount; prompt++)
        {
            var going = 0;
            for (var rank = 0; rank < candidates[prompt].Count; rank++)
            {
                var (score, row, id) = candidates[prompt][rank];
                var isEnd = endIds.Contains(id);
                if (isEnd || isLast)
                {
                    // Only what is among the best may end; a worse end would crowd out better texts.
                    if (rank < beamCount && !isDone[prompt])
                    {
                        int[] ids = [.. tokens[row].Skip(promptLength), id];
                        finished[prompt].Add(new(ids, score / Math.Pow(made, options.LengthPenalty),
                            isEnd ? StopReason.EndToken : isFull ? StopReason.ContextFull : StopReason.Length));
                    }
                }
                else if (going < beamCount)
                {
                    var place = (prompt * beamCount) + going++;
                    (next[place], sources[place], scores[place]) = (id, row, score);
                }
            }

            for (; going < beamCount; going++)
            {
                // Nothing goes on; the rows stay to keep the batch rectangular.
                var place = (prompt * beamCount) + going;
                (next[place], sources[place], scores[place]) = (0, prompt * beamCount, -1e9);
            }

            finished[prompt] = [.. finished[prompt].OrderByDescending(h => h.Score).Take(beamCount)];
            isDone[prompt] |= IsDone(prompt, scores[prompt * beamCount], made);
        }

        var grown = sources.Select((source, place) => (List<int>)[.. tokens[source], next[place]]).ToList();
        tokens.Clear();
        tokens.AddRange(grown);
        scores.CopyTo(running, 0);
        session.Reorder(sources);
        return next;
    }

    private bool IsDone(int prompt, double bestRunning, int made)
    {
        if (finished[prompt].Count < beamCount)
        {
            return false;
        }

        // The best text that still grows, judged by its present length, as the reference's heuristic does.
        return options.EarlyStopping || bestRunning / Math.Pow(made, options.LengthPenalty) <= finished[prompt][^1].Score;
    }

    private List<(double Score, int Row, int Id)>[] Candidates(int[]? previous)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var logits = previous is null ? session.Start() : session.Next(previous);
        var scores = nn.functional.log_softmax(logits, -1);
        foreach (var processor in processors)
        {
            scores = processor.Process(tokens, scores);
        }

        var vocabulary = scores.size(-1);
        var kept = Math.Min(Math.Max(2, 1 + endIds.Count) * beamCount, beamCount * vocabulary);
        var total = scores + tensor(running.Select(score => (float)score).ToArray(), device: scores.device).unsqueeze(1);
        var (values, places) = total.view(promptCount, beamCount * vocabulary).topk((int)kept);
        var best = values.cpu().data<float>().ToArray();
        var where = places.cpu().data<long>().ToArray();
        return [.. Enumerable.Range(0, promptCount).Select(prompt => Enumerable.Range(prompt * (int)kept, (int)kept)
            .Select(i => ((double)best[i], (prompt * beamCount) + (int)(where[i] / vocabulary), (int)(where[i] % vocabulary)))
            .ToList())];
    }

    private sealed record Hypothesis(IReadOnlyList<int> Ids, double Score, StopReason Reason);
}
