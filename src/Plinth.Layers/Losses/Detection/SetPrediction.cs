using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses.Detection;

/// <summary>The things of one picture.</summary>
/// <param name="Classes">Class of each; int64 <c>[thing]</c>.</param>
/// <param name="Boxes">Centre from the left and top, width and height, each as a share of the picture; <c>[thing, 4]</c>.</param>
public sealed record DetectionTarget(Tensor Classes, Tensor Boxes);

/// <summary>What the parts of a pairing cost, and what they weigh in the loss. The defaults are DETR's and YOLOS's.</summary>
public sealed record SetPredictionOptions
{
    /// <summary>Factor on the probability of the thing's class, in the pairing.</summary>
    public double ClassCost { get; init; } = 1;

    /// <summary>Factor on the summed difference of the four numbers of a box, in the pairing.</summary>
    public double BoxCost { get; init; } = 5;

    /// <summary>Factor on the generalised overlap, in the pairing.</summary>
    public double OverlapCost { get; init; } = 2;

    /// <summary>Weight of predictions that are to show nothing, for they are many; those that are paired have 1. At 0 nothing is ever learnt to be nothing.</summary>
    public double NothingWeight { get; init; } = 0.1;

    /// <summary>Weight of the classes in the loss.</summary>
    public double ClassWeight { get; init; } = 1;

    /// <summary>Weight of the summed difference of the four numbers of a box in the loss.</summary>
    public double BoxWeight { get; init; } = 5;

    /// <summary>Weight of the generalised overlap in the loss.</summary>
    public double OverlapWeight { get; init; } = 2;

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is negative or no number.</exception>
    public void Validate()
    {
        foreach (var (name, value) in new[]
        {
            ("class_cost", ClassCost), ("box_cost", BoxCost), ("overlap_cost", OverlapCost), ("nothing_weight", NothingWeight),
            ("class_weight", ClassWeight), ("box_weight", BoxWeight), ("overlap_weight", OverlapWeight),
        })
        {
            if (!double.IsFinite(value) || value < 0)
            {
                throw new RecipeException($"{name} = {value} must be 0 or more.");
            }
        }
    }
}

/// <summary>
/// Predictions as a set: each thing is paired with one prediction so that the pairs cost least together, and all other predictions are to
/// show nothing (Carion et al. 2020, arXiv:2005.12872, section 3.1).
/// </summary>
/// <param name="Classes">Cross entropy of all predictions; its count is their weight.</param>
/// <param name="Boxes">Absolute difference of paired boxes, its four numbers summed; the count is the number of things.</param>
/// <param name="Overlaps">One less the generalised overlap of paired boxes; the count is the number of things.</param>
public sealed record SetPrediction(SummedLoss Classes, SummedLoss Boxes, SummedLoss Overlaps)
{
    /// <summary>Pairs and compares a batch.</summary>
    /// <param name="logits">Raw scores of the classes and, last, of nothing; <c>[batch, prediction, class + 1]</c>.</param>
    /// <param name="boxes">Centre from the left and top, width and height, each as a share of the picture; <c>[batch, prediction, 4]</c>.</param>
    /// <param name="targets">The things of each picture.</param>
    /// <param name="options">Costs and weights; null takes the defaults.</param>
    /// <exception cref="ArgumentException">There is not one target per picture, or a prediction is not finite.</exception>
    public static SetPrediction Of(Tensor logits, Tensor boxes, IReadOnlyList<DetectionTarget> targets, SetPredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Count != logits.size(0))
        {
            throw new ArgumentException($"There are {targets.Count} targets for {logits.size(0)} pictures; give one per picture, empty where it shows nothing.", nameof(targets));
        }

        options ??= new();
        var nothing = logits.size(2) - 1;
        var classes = full([logits.size(0), logits.size(1)], nothing, ScalarType.Int64, logits.device);
        List<Tensor> found = [], wanted = [];
        for (var picture = 0; picture < targets.Count; picture++)
        {
            var target = targets[picture];
            if (target.Classes.size(0) == 0)
            {
                continue;
            }

            var (predictions, things) = Pair(logits[picture], boxes[picture], target, options);
            classes[picture].index_copy_(0, predictions, target.Classes.index_select(0, things));
            found.Add(boxes[picture].index_select(0, predictions));
            wanted.Add(target.Boxes.index_select(0, things));
        }

        var weights = ones(nothing + 1, logits.dtype, logits.device);
        weights[nothing] = options.NothingWeight;
        var entropy = ClassLosses.CrossEntropy(logits.flatten(0, 1), classes.flatten(), weights);
        var (near, over) = Compare(boxes, found, wanted);
        double count = Math.Max(1, targets.Sum(target => target.Classes.size(0)));
        return new(entropy, new(near, count), new(over, count));
    }

    /// <summary>Pairs the predictions with the things of one picture.</summary>
    /// <param name="logits"><c>[prediction, class + 1]</c>.</param>
    /// <param name="boxes"><c>[prediction, 4]</c>.</param>
    /// <param name="target">The things.</param>
    /// <param name="options">Costs.</param>
    /// <returns>Numbers of the paired predictions and of their things, in the same order; int64 <c>[pair]</c>.</returns>
    public static (Tensor Predictions, Tensor Things) Pair(Tensor logits, Tensor boxes, DetectionTarget target, SetPredictionOptions options)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        var columns = OptimalAssignment.Of(Costs(logits, boxes, target, options));
        var pairs = Enumerable.Range(0, columns.Length).Where(row => columns[row] >= 0).ToArray();
        return (tensor([.. pairs.Select(row => (long)row)], device: logits.device), tensor([.. pairs.Select(row => (long)columns[row])], device: logits.device));
    }

    private static double[,] Costs(Tensor logits, Tensor boxes, DetectionTarget target, SetPredictionOptions options)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (seen, wanted) = (boxes.detach().to(ScalarType.Float64), target.Boxes.to(ScalarType.Float64));
        var probabilities = logits.detach().to(ScalarType.Float64).softmax(-1).index_select(1, target.Classes);    // [prediction, thing]
        var apart = (seen.unsqueeze(1) - wanted.unsqueeze(0)).abs().sum(-1);
        var overlaps = BoxOverlap.Generalized(BoxOverlap.Corners(seen).unsqueeze(1), BoxOverlap.Corners(wanted).unsqueeze(0));
        var costs = (apart * options.BoxCost - probabilities * options.ClassCost - overlaps * options.OverlapCost).cpu().contiguous();
        var values = costs.data<double>().ToArray();
        var result = new double[costs.size(0), costs.size(1)];
        Buffer.BlockCopy(values, 0, result, 0, values.Length * sizeof(double));
        return result;
    }

    private static (Tensor Near, Tensor Over) Compare(Tensor boxes, List<Tensor> found, List<Tensor> wanted)
    {
        if (found.Count == 0)
        {
            var none = boxes.sum() * 0;   // keeps the graph, so that backward works on a batch that shows nothing
            return (none, none);
        }

        var (predicted, given) = (cat(found), cat(wanted).to(boxes.dtype));
        return (F.l1_loss(predicted, given, nn.Reduction.Sum), (1 - BoxOverlap.Generalized(BoxOverlap.Corners(predicted), BoxOverlap.Corners(given))).sum());
    }
}
