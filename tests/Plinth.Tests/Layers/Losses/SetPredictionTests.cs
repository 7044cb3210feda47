using Plinth.Core;
using Plinth.Layers.Losses.Detection;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers.Losses;

public sealed class SetPredictionTests
{
    [Fact]
    public void An_assignment_costs_no_more_than_any_other()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 300; trial++)
        {
            var (rows, columns) = (random.Next(1, 7), random.Next(1, 7));
            var costs = new double[rows, columns];
            for (var i = 0; i < rows * columns; i++)
            {
                // Whole numbers, so that many pairings are equally good, and negative ones.
                costs[i / columns, i % columns] = trial % 2 == 0 ? random.Next(-4, 5) : (random.NextDouble() * 20) - 10;
            }

            var found = OptimalAssignment.Of(costs);
            var taken = found.Where(column => column >= 0).ToList();
            Assert.Equal(Math.Min(rows, columns), taken.Distinct().Count());
            Assert.Equal(taken.Count, taken.Distinct().Count());
            Assert.Equal(Least(costs, 0, 0), Enumerable.Range(0, rows).Where(row => found[row] >= 0).Sum(row => costs[row, found[row]]), 9);
        }
    }

    [Fact]
    public void Large_assignments_are_quick_and_optimal_by_their_construction()
    {
        var random = new Random(12);
        const int Count = 400;
        var permutation = Enumerable.Range(0, Count).ToArray();
        random.Shuffle(permutation);
        var costs = new double[Count, Count];
        double[] rows = [.. Enumerable.Range(0, Count).Select(_ => random.NextDouble())], columns = [.. Enumerable.Range(0, Count).Select(_ => random.NextDouble())];
        for (var row = 0; row < Count; row++)
        {
            for (var column = 0; column < Count; column++)
            {
                // Prices of rows and columns alone change nothing; what is over them is 0 on the permutation only.
                costs[row, column] = rows[row] + columns[column] + (permutation[row] == column ? 0 : 0.001 + random.NextDouble());
            }
        }

        Assert.Equal(permutation, OptimalAssignment.Of(costs));
    }

    [Fact]
    public void Costs_that_are_not_finite_are_refused_and_no_rows_are_no_pairs()
    {
        Assert.Throws<ArgumentException>(() => OptimalAssignment.Of(new[,] { { 1, double.NaN } }));
        Assert.Empty(OptimalAssignment.Of(new double[0, 3]));
        Assert.Equal([-1, -1], OptimalAssignment.Of(new double[2, 0]));
    }

    [Fact]
    public void The_overlap_is_as_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var first = tensor([0.0, 0, 2, 2]);
        // One square of seven shared, two of the nine around both empty; then side by side; then apart; then the same box.
        var others = tensor([1.0, 1, 3, 3, 2, 0, 4, 2, 3, 0, 5, 2, 0, 0, 2, 2]).view(4, 4);
        Assert.Equal([(1 / 7.0) - (2 / 9.0), 0, -2 / 10.0, 1], BoxOverlap.Generalized(first, others).data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.0, 0.1, 0.4, 0.7], BoxOverlap.Corners(tensor([0.2, 0.4, 0.4, 0.6])).data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0, BoxOverlap.Generalized(zeros(4), zeros(4)).ToDouble());
    }

    [Fact]
    public void Numbers_and_tensors_agree_on_the_overlap()
    {
        using var scope = NewDisposeScope();
        var random = new Random(15);
        for (var trial = 0; trial < 100; trial++)
        {
            Box Any()
            {
                var (left, top) = (random.Next(6), random.Next(6));
                return new(left, top, left + random.Next(5), top + random.Next(1, 5));
            }

            var (first, second) = (Any(), Any());
            var around = new Box(Math.Min(first.Left, second.Left), Math.Min(first.Top, second.Top), Math.Max(first.Right, second.Right), Math.Max(first.Bottom, second.Bottom)).Area;
            var both = first.Area + second.Area - BoxOverlap.Shared(first, second);
            var expected = BoxOverlap.Of(first, second) - (around > 0 ? (around - both) / around : 0);
            Assert.Equal(expected, BoxOverlap.Generalized(Corners(first), Corners(second)).ToDouble(), 9);
            Assert.Equal(BoxOverlap.Within(first, second) * first.Area, BoxOverlap.Within(second, first) * second.Area, 9);
        }

        static Tensor Corners(Box box) => tensor([box.Left, box.Top, box.Right, box.Bottom]);
    }

    [Fact]
    public void Costs_and_weights_that_are_negative_are_refused_by_name()
    {
        new SetPredictionOptions().Validate();
        Assert.Contains("nothing_weight", Assert.Throws<RecipeException>(() => new SetPredictionOptions { NothingWeight = -0.1 }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("box_cost", Assert.Throws<RecipeException>(() => new SetPredictionOptions { BoxCost = double.NaN }.Validate()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loss_is_as_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        // Two classes and nothing; the second prediction shows the first thing, the third prediction the second.
        var logits = tensor([0.0, 0, 2, 3, 0, 0, 0, 1, 0]).view(1, 3, 3);
        var boxes = tensor([0.5, 0.5, 0.2, 0.2, 0.3, 0.3, 0.2, 0.2, 0.6, 0.6, 0.4, 0.4]).view(1, 3, 4);
        var target = new DetectionTarget(tensor([1L, 0L]), tensor([0.7, 0.6, 0.4, 0.4, 0.3, 0.3, 0.2, 0.4]).view(2, 4));
        var loss = SetPrediction.Of(logits, boxes, [target]);
        double Entropy(double own, params double[] others) => Math.Log(others.Append(own).Sum(Math.Exp)) - own;
        Assert.Equal(Entropy(3, 0, 0) + Entropy(1, 0, 0) + (0.1 * Entropy(2, 0, 0)), loss.Classes.Sum.ToDouble(), 6);
        Assert.Equal(2.1, loss.Classes.Count.ToDouble(), 6);
        Assert.Equal(0.2 + 0.1, loss.Boxes.Sum.ToDouble(), 6);
        // Half of the tall box is covered; 0.3 of 0.4 widths are shared by the others, which lie in 0.5 widths.
        Assert.Equal((1 - 0.5) + (1 - (0.3 / 0.5)), loss.Overlaps.Sum.ToDouble(), 6);
        Assert.Equal(2, loss.Overlaps.Count.ToDouble());
    }

    [Fact]
    public void Gradients_are_those_of_double_precision_and_finite_for_pictures_that_show_nothing()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(13);
        var (logits, boxes) = (randn(3, 10, 5), rand(3, 10, 4) * 0.5 + 0.25);
        DetectionTarget[] targets =
        [
            new(tensor([0L, 3, 1]), rand(3, 4) * 0.5 + 0.25),
            new(zeros(0, ScalarType.Int64), zeros(0, 4)),
            new(randint(0, 4, 12, ScalarType.Int64), rand(12, 4) * 0.5 + 0.25),   // more things than predictions
        ];
        var (narrow, narrowBoxes) = Gradients(logits, boxes, targets);
        var (wide, wideBoxes) = Gradients(logits.to(ScalarType.Float64), boxes.to(ScalarType.Float64), [.. targets.Select(t => t with { Boxes = t.Boxes.to(ScalarType.Float64) })]);
        Assert.True((wide - narrow).abs().max().ToDouble() < 1e-5 && (wideBoxes - narrowBoxes).abs().max().ToDouble() < 1e-4);
        var (_, none) = Gradients(logits, boxes, [targets[1], targets[1], targets[1]]);
        Assert.Equal(0, none.abs().max().ToDouble());
    }

    [Fact]
    public void The_order_of_predictions_and_things_does_not_matter()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(14);
        var (logits, boxes) = (randn(1, 8, 4), rand(1, 8, 4));
        var target = new DetectionTarget(tensor([2L, 0, 1]), rand(3, 4));
        var turned = target with { Classes = target.Classes.flip(0), Boxes = target.Boxes.flip(0) };
        var (a, b) = (SetPrediction.Of(logits, boxes, [target]), SetPrediction.Of(logits.flip(1), boxes.flip(1), [turned]));
        Assert.Equal(a.Classes.Mean.ToDouble(), b.Classes.Mean.ToDouble(), 5);
        Assert.Equal(a.Boxes.Mean.ToDouble(), b.Boxes.Mean.ToDouble(), 5);
        Assert.Equal(a.Overlaps.Mean.ToDouble(), b.Overlaps.Mean.ToDouble(), 5);
        Assert.Throws<ArgumentException>(() => SetPrediction.Of(logits, boxes, []));
    }

    private static (Tensor Logits, Tensor Boxes) Gradients(Tensor logits, Tensor boxes, IReadOnlyList<DetectionTarget> targets)
    {
        var (x, y) = (logits.detach().requires_grad_(), boxes.detach().requires_grad_());
        var loss = SetPrediction.Of(x, y, targets);
        (loss.Classes.Mean + (loss.Boxes.Mean * 5) + (loss.Overlaps.Mean * 2)).backward();
        return (x.grad!, y.grad!);
    }

    // Every pairing of as many rows as there can be.
    private static double Least(double[,] costs, int row, int taken)
    {
        var (rows, columns) = (costs.GetLength(0), costs.GetLength(1));
        if (row == rows || System.Numerics.BitOperations.PopCount((uint)taken) == columns)
        {
            return 0;
        }

        var free = columns - System.Numerics.BitOperations.PopCount((uint)taken);
        var least = rows - row > free ? Least(costs, row + 1, taken) : double.PositiveInfinity;
        for (var column = 0; column < columns; column++)
        {
            if ((taken & (1 << column)) == 0)
            {
                least = Math.Min(least, costs[row, column] + Least(costs, row + 1, taken | (1 << column)));
            }
        }

        return least;
    }
}
