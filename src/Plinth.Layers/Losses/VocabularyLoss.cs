using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>
/// Cross entropy over the vocabulary at some positions only. Targets are a list made on the host, so that no device has
/// to be asked where they are; only their vectors are projected, and never more at once than memory should hold.
/// </summary>
public static class VocabularyLoss
{
    // Logits at one time where nobody says otherwise: 16 MB of them in float32, which stay in the caches' neighbourhood.
    private const long UsualPeak = 4L << 20;

    // But each piece adds to the gradient of the whole table once, which with fewer rows costs as much as the product itself: GPT-2's 50,257
    // entries take half as long again in pieces of 80 rows. A table so large that these rows exceed 128 MB is taken in fewer.
    private const long UsualRows = 512, LargestPeak = 32L << 20;

    /// <summary>The list of targets from labels that lie on their positions.</summary>
    /// <param name="labels">Token ids, or <see cref="Batch.IgnoredLabel"/> where there is no target; int64 <c>[batch, seq]</c>, on the CPU.</param>
    /// <returns>Flat position and token id of each target, in order of the positions; int64 <c>[target, 2]</c>.</returns>
    public static Tensor Targets(Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var flat = labels.flatten();
        var positions = flat.ne(Batch.IgnoredLabel).nonzero().flatten();
        return stack([positions, flat.index_select(0, positions)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The targets of some rows, for a batch that consists of these rows alone.</summary>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>, on the CPU.</param>
    /// <param name="first">The first row, from 0.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="seq">Positions of a row.</param>
    /// <returns>int64 <c>[target, 2]</c>.</returns>
    public static Tensor TargetsOf(Tensor targets, int first, int count, long seq)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        var positions = targets.select(1, 0);
        var chosen = targets[positions.ge(first * seq).logical_and(positions.lt((first + count) * seq))];
        return (chosen - tensor(new[] { first * seq, 0 })).MoveToOuterDisposeScope();
    }

    /// <summary>Some rows of a batch whose labels are a list of targets.</summary>
    /// <param name="batch">Texts with labels as <see cref="Targets"/> made them, of what is read or, in an encoder-decoder, of what is written.</param>
    /// <param name="first">The first row, from 0.</param>
    /// <param name="count">How many rows.</param>
    public static TextBatch Rows(Batch batch, int first, int count)
    {
        if (batch is not TextBatch { Labels: { } targets } text)
        {
            throw new ArgumentException("The batch is not one of texts with targets.", nameof(batch));
        }

        return (TextBatch)text.Rows(first, count) with { Labels = TargetsOf(targets, first, count, (text.DecoderInputIds ?? text.InputIds).size(1)) };
    }

    /// <summary>The vectors of the targets.</summary>
    /// <param name="hidden"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>.</param>
    /// <returns><c>[target, hidden]</c>.</returns>
    public static Tensor Gather(Tensor hidden, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(targets);
        var flat = hidden.reshape(-1, hidden.size(-1));
        // Positions are distinct and in order: as many as there are vectors means all of them.
        return targets.size(0) == flat.size(0) ? flat : flat.index_select(0, targets.select(1, 0));
    }

    /// <summary>The loss in nats, summed over the targets; a scalar.</summary>
    /// <param name="model">A model whose head is a <see cref="TokenHead"/> over the vocabulary.</param>
    /// <param name="hidden">Output of its backbone; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>.</param>
    /// <param name="peak">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    /// <param name="shape">What is added while the model learns, or null for nothing.</param>
    public static Tensor Sum(Model model, Tensor hidden, Tensor targets, long? peak = null, ILossShape? shape = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(targets);
        var ids = targets.select(1, 1).contiguous();
        return Computed(model, hidden, targets, (logits, start) => ClassLosses.Shaped(logits, ids.narrow(0, start, logits.size(0)), shape), peak);
    }

    /// <summary>The loss in nats as a term of an objective, and by sample too where the samples of the batch say which source they are of.</summary>
    /// <param name="name">Short name of the loss.</param>
    /// <param name="batch">What the model was given.</param>
    /// <param name="model">A model whose head is a <see cref="TokenHead"/> over the vocabulary.</param>
    /// <param name="hidden">Output of its backbone; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>.</param>
    /// <param name="peak">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    /// <param name="shape">What is added while the model learns, or null for nothing.</param>
    public static LossTerm Term(string name, Batch batch, Model model, Tensor hidden, Tensor targets, long? peak = null, ILossShape? shape = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(targets);
        if (batch.SourceNames is null)
        {
            return new(name, Sum(model, hidden, targets, peak, shape));
        }

        // The sum of the same numbers, so that the gradients are the same to the bit; what is kept beside it costs two small additions.
        var (rows, ids) = (targets.select(1, 0).div(hidden.size(1), RoundingMode.floor), targets.select(1, 1).contiguous());
        var bySample = new SampleLosses(zeros([hidden.size(0)], ScalarType.Float32, hidden.device), zeros([hidden.size(0)], ScalarType.Int64, hidden.device));
        bySample.Counts.scatter_add_(0, rows, ones_like(rows));
        var sum = Compared(
            model, hidden, targets,
            (logits, start) =>
            {
                var losses = ClassLosses.ShapedEach(logits, ids.narrow(0, start, logits.size(0)), shape);
                bySample.Sums.scatter_add_(0, rows.narrow(0, start, logits.size(0)), losses.detach());
                return losses.sum();
            },
            peak);
        return new(name, sum) { BySample = bySample };
    }

    /// <summary>Any loss of the logits at the targets, summed; a scalar.</summary>
    /// <param name="model">A model whose head is a <see cref="TokenHead"/> over the vocabulary.</param>
    /// <param name="hidden">Output of its backbone; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>.</param>
    /// <param name="loss">Given the logits of some targets, <c>[some, vocab]</c>, and the number of the first of them, gives their summed loss.</param>
    /// <param name="peak">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    public static Tensor Compared(Model model, Tensor hidden, Tensor targets, Func<Tensor, long, Tensor> loss, long? peak = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return Computed(model, hidden, targets, (logits, start) => loss(logits.to(ScalarType.Float32), start), peak);
    }

    // The logits are in the model's own numbers here.
    private static Tensor Computed(Model model, Tensor hidden, Tensor targets, Func<Tensor, long, Tensor> loss, long? peak)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(targets);
        var head = HeadOf(model);
        var count = targets.size(0);
        if (count == 0)
        {
            return hidden.sum() * 0;   // keeps the graph, so that backward works on a batch without targets
        }

        var vectors = Gather(hidden, targets);
        var piece = PieceOf(model, peak);
        return piece >= count ? Part(vectors, 0) : InPieces(model, vectors, piece, Part);

        Tensor Part(Tensor some, long start) => loss(head.Project(some, model.Backbone), start);
    }

    /// <summary>The loss in nats of each target, for scoring; it holds no more logits at one time than <see cref="Sum"/> does when no gradients are kept.</summary>
    /// <param name="model">A model whose head is a <see cref="TokenHead"/> over the vocabulary.</param>
    /// <param name="hidden">Output of its backbone; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="targets">As <see cref="Targets"/> made them; int64 <c>[target, 2]</c>.</param>
    /// <param name="peak">Logits that may exist at one time; null for what is fast and small.</param>
    /// <returns><c>[target]</c>.</returns>
    public static Tensor PerTarget(Model model, Tensor hidden, Tensor targets, long? peak = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(targets);
        var head = HeadOf(model);
        var (vectors, ids) = (Gather(hidden, targets), targets.select(1, 1).contiguous());
        var piece = PieceOf(model, peak);
        List<Tensor> losses = [zeros([0], ScalarType.Float32, device: hidden.device)];
        for (long start = 0; start < ids.size(0); start += piece)
        {
            using var scope = NewDisposeScope();
            var length = Math.Min(piece, ids.size(0) - start);
            var logits = head.Project(vectors.narrow(0, start, length), model.Backbone).to(ScalarType.Float32);
            losses.Add(F.cross_entropy(logits, ids.narrow(0, start, length), reduction: nn.Reduction.None).MoveToOuterDisposeScope());
        }

        return cat(losses);
    }

    /// <summary>The head of a language model.</summary>
    /// <exception cref="PlinthException">The model has another kind of head.</exception>
    public static TokenHead HeadOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Head as TokenHead
            ?? throw new PlinthException($"A language model needs a vocabulary head; this '{model.Family.ModelType}' has {model.HeadKind}. Build the model with a language-modelling head.");
    }

    private static long PieceOf(Model model, long? peak)
    {
        var vocabulary = Math.Max(1L, model.Config.VocabSize);
        return Math.Max(1, (peak ?? Math.Max(UsualPeak, Math.Min(UsualRows * vocabulary, LargestPeak))) / vocabulary);
    }

    // Each piece is differentiated at once and its logits forgotten (Hsu et al. 2024, arXiv:2410.10989, keep gradients of the projection in
    // the same way). What remains is a sum that knows its gradients.
    private static Tensor InPieces(Model model, Tensor vectors, long piece, Func<Tensor, long, Tensor> part)
    {
        var isLearning = is_grad_enabled();
        Tensor[] parameters = isLearning ? Trainable(model) : [];
        var ofParameters = new Tensor?[parameters.Length];
        List<Tensor> ofVectors = [];
        var total = zeros([], ScalarType.Float32, device: vectors.device);
        for (long start = 0; start < vectors.size(0); start += piece)
        {
            using var scope = NewDisposeScope();
            var some = vectors.narrow(0, start, Math.Min(piece, vectors.size(0) - start));
            var leaf = isLearning ? some.detach().requires_grad_() : some;
            var loss = part(leaf, start);
            total.add_(loss.detach());
            if (isLearning)
            {
                Tensor?[] gradients = loss.requires_grad ? autograd.grad([loss], [leaf, .. parameters], allow_unused: true).ToArray() : [];
                ofVectors.Add((gradients is [{ IsInvalid: false } own, ..] ? own : zeros_like(leaf)).MoveToOuterDisposeScope());
                Accumulate(gradients.Skip(1), ofParameters);
            }
        }

        if (!isLearning)
        {
            return total;
        }

        // Parameters without a gradient took no part; the vectors always do.
        int[] used = [.. Enumerable.Range(0, parameters.Length).Where(i => ofParameters[i] is not null)];
        return KnownGradients.Attach(total, [vectors, .. used.Select(i => parameters[i])], [cat(ofVectors), .. used.Select(i => ofParameters[i]!)]);
    }

    private static void Accumulate(IEnumerable<Tensor?> fresh, Tensor?[] gradients)
    {
        var i = 0;
        foreach (var gradient in fresh)
        {
            if (gradient is { IsInvalid: false })
            {
                gradients[i] = gradients[i]?.add_(gradient) ?? gradient.MoveToOuterDisposeScope();
            }

            i++;
        }
    }

    // Adapters hang on projections without being their children.
    private static Tensor[] Trainable(Model model) =>
        [.. model.parameters()
            .Concat(model.modules().OfType<Projection>().Where(p => p.Adapter is not null).SelectMany(p => p.Adapter!.parameters()))
            .Where(p => p.requires_grad)
            .DistinctBy(p => p.Handle)];
}
