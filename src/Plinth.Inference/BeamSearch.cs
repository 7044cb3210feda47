using Plinth.Core;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>
/// Keeps the most probable hypotheses of each prompt (Graves 2012, arXiv:1211.3711), with the reference's rules for lengths and for stopping.
/// </summary>
internal sealed class BeamSearch
{
    // A score that no real hypothesis has; finite, so that sums of it still compare.
    private const float Impossible = -1e9f;

    private readonly Model model;
    private readonly GenerationRequest request;
    private readonly GenerationOptions options;
    private readonly LogitsProcessors processors;
    private readonly TokenChooser chooser;
    private readonly List<Group> groups;
    private int newCount;

    public BeamSearch(Model model, GenerationRequest request)
    {
        this.model = model;
        this.request = request;
        options = request.Options;
        processors = new(options, request.EndIds);
        chooser = new(options, request.Prompts.Count);
        groups = [.. request.Prompts.Select(prompt => new Group(prompt, options.NumBeams))];
    }

    public IReadOnlyList<GeneratedSequence> Run(CancellationToken cancellation)
    {
        using var session = new DecodingSession(model, request);
        var isRunning = true;
        while (isRunning)
        {
            cancellation.ThrowIfCancellationRequested();
            using var pass = new EvaluationPass(model);
            Tensor logits;
            if (newCount == 0)
            {
                // The prompt is read once; its beams begin as copies.
                var copies = groups.SelectMany((_, index) => Enumerable.Repeat(index, options.NumBeams)).ToArray();
                logits = session.Begin().repeat_interleave(options.NumBeams, 0);
                session.Reorder(copies);
            }
            else
            {
                session.Reorder([.. groups.SelectMany((group, index) => group.Running.Select(beam => (index * options.NumBeams) + beam.Parent))]);
                logits = session.Continue([.. groups.SelectMany(group => group.Running).Select(beam => beam.Ids[^1])]);
            }

            isRunning = Advance(logits);
        }

        return [.. groups.SelectMany((group, index) => group.Finished.Take(options.NumReturnSequences).Select(beam => Result(index, beam)))];
    }

    /// <summary>Takes one step with logits <c>[prompts * beams, vocab]</c>; false when the search is over.</summary>
    private bool Advance(Tensor logits)
    {
        var beams = options.NumBeams;
        var history = new TokenHistory(
            [.. groups.SelectMany(group => group.Running).Select(beam => beam.Ids)],
            [.. groups.SelectMany(group => Enumerable.Repeat(group.Prompt.Count, beams))]);
        var vocabulary = (int)logits.size(1);
        var scores = processors.Apply(history, nn.functional.log_softmax(logits, -1));
        var running = tensor(groups.SelectMany(group => group.Running).Select(beam => beam.Score).ToArray(), device: logits.device);
        var total = (scores + running.unsqueeze(1)).view(groups.Count, beams * vocabulary);        // [prompts, beams * vocab]
        // Enough that as many as there are beams go on, even if every one of them could end.
        var candidateCount = (int)Math.Min((long)Math.Max(2, 1 + request.EndIds.Count) * beams, (long)beams * vocabulary);
        var drawn = chooser.GumbelNoise(beams * vocabulary, logits.device) is { } noise ? total + noise : total;
        var places = drawn.topk(candidateCount).indexes;                                           // [prompts, candidates]
        var placesHere = places.cpu().data<long>().ToArray();
        var totalsHere = total.gather(1, places).cpu().data<float>().ToArray();
        newCount++;
        var isFull = newCount >= options.MaxNewTokens;
        for (var g = 0; g < groups.Count; g++)
        {
            var candidates = Enumerable.Range(g * candidateCount, candidateCount)
                .Select(i => (Score: totalsHere[i], Parent: (int)(placesHere[i] / vocabulary), Id: (int)(placesHere[i] % vocabulary)))
                .OrderByDescending(candidate => candidate.Score)
                .Select(candidate => groups[g].Running[candidate.Parent].Extend(candidate.Id, candidate.Score, candidate.Parent, request.EndIds.Contains(candidate.Id)))
                .ToList();
            Update(groups[g], candidates, isFull);
        }

        return !isFull && groups.Any(group => group.CanImprove)
            && !(options.EarlyStopping == EarlyStopping.WhenFull && groups.All(group => group.IsFull));
    }

    private void Update(Group group, List<Beam> candidates, bool isFull)
    {
        var beams = options.NumBeams;
        var divisor = MathF.Pow(newCount, (float)options.LengthPenalty);
        if (group.CanImprove && !(group.IsFull && options.EarlyStopping == EarlyStopping.WhenFull))
        {
            // Only what ends among the best counts; further down it would crowd out better hypotheses that go on.
            var ended = candidates.Take(beams).Where(beam => beam.IsEnded || isFull).Select(beam => beam with { Score = beam.Score / divisor });
            group.Finished = [.. group.Finished.Concat(ended).OrderByDescending(beam => beam.Score).Take(beams)];
        }

        if (isFull)
        {
            return;
        }

        group.Running = [.. candidates.Select(beam => beam.IsEnded ? beam with { Score = beam.Score + Impossible } : beam)
            .OrderByDescending(beam => beam.Score).Take(beams)];
        var bestLength = options.EarlyStopping == EarlyStopping.Never && options.LengthPenalty > 0 ? options.MaxNewTokens : newCount;
        var best = group.Running[0].Score / MathF.Pow(bestLength, (float)options.LengthPenalty);
        group.CanImprove &= !group.IsFull || best > group.Finished[^1].Score;
    }

    private GeneratedSequence Result(int promptIndex, Beam beam)
    {
        var prompt = request.Prompts[promptIndex];
        return new(promptIndex, prompt, [.. beam.Ids.Skip(prompt.Count)], beam.IsEnded ? FinishReason.EndToken : request.LengthReason) { Score = beam.Score };
    }

    /// <summary>One hypothesis.</summary>
    /// <param name="Ids">Prompt and new tokens.</param>
    /// <param name="Score">Log-probability of the new tokens; once finished, divided by the length penalty.</param>
    /// <param name="Parent">Number of the beam that it continues.</param>
    /// <param name="IsEnded">Whether its last token is an end.</param>
    private sealed record Beam(IReadOnlyList<int> Ids, float Score, int Parent, bool IsEnded)
    {
        public Beam Extend(int id, float score, int parent, bool isEnded) => new([.. Ids, id], score, parent, isEnded);
    }

    /// <summary>The hypotheses of one prompt.</summary>
    private sealed class Group(IReadOnlyList<int> prompt, int beams)
    {
        public IReadOnlyList<int> Prompt => prompt;

        // All beams are the same at first, so only one may count.
        public List<Beam> Running { get; set; } = [.. Enumerable.Range(0, beams).Select(i => new Beam(prompt, i == 0 ? 0 : Impossible, i, false))];

        /// <summary>Best first.</summary>
        public List<Beam> Finished { get; set; } = [];

        public bool CanImprove { get; set; } = true;

        public bool IsFull => Finished.Count >= beams;
    }
}
