using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Steps whose matrices have all singular values near 1, so that no direction of a weight is left behind (Jordan et al. 2024,
/// https://kellerjordan.github.io/posts/muon): the mean gradient is made orthogonal by a few Newton-Schulz iterations, and scaled so that the
/// steps are as large as AdamW's and the same rates serve (Liu et al. 2025, arXiv:2502.16982). Vectors, embeddings and heads take AdamW's steps.
/// </summary>
public sealed class Muon : StepOptimizer
{
    // The quintic that brings singular values from 0 to 1 near 1 fastest, at the price of leaving them between 0.7 and 1.2.
    private const double First = 3.4445, Third = -4.775, Fifth = 2.0315;

    // The mean square of an AdamW step's entries, as measured by Liu et al.
    private const double UsualSize = 0.2;

    private const double Smallest = 1e-7;

    private readonly MuonOptions options;
    private readonly WeightState[] matrices, others;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public Muon(IReadOnlyList<TrainedWeight> weights, MuonOptions options)
        : base(weights, options)
    {
        this.options = options;
        matrices = [.. States.Where(state => options.IsMatrix(state.Weight))];
        others = [.. States.Except(matrices)];
    }

    /// <inheritdoc />
    protected override void StepAll(double learningRate, Tensor? divisor)
    {
        StepEach(matrices, learningRate, divisor);
        Adam.StepFused(others, options, isDecoupled: true, learningRate, divisor);
    }

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var mean = state.Get("momentum");
        mean.lerp_(gradient, 1 - options.Momentum);
        // One look ahead (Nesterov): the mean as it will be if the gradient stays.
        var ahead = gradient.lerp(mean, options.Momentum);
        var direction = Orthogonal(ahead.flatten(1), options.IterationCount);
        var value = state.Weight.Value;
        value.mul_(1 - (learningRate * state.Decay));
        value.add_(direction.view_as(value), alpha: -learningRate * UsualSize * Math.Sqrt(Math.Max(direction.size(0), direction.size(1))));
    }

    /// <summary>A matrix with the same singular vectors and singular values near 1.</summary>
    /// <param name="matrix">Any; float32 <c>[row, column]</c>.</param>
    /// <param name="iterationCount">Newton-Schulz iterations; five bring values from a hundredth of the largest on.</param>
    internal static Tensor Orthogonal(Tensor matrix, int iterationCount)
    {
        var isTall = matrix.size(0) > matrix.size(1);
        // The smaller product of the matrix with itself.
        var made = isTall ? matrix.transpose(0, 1) : matrix;
        made = made / made.norm().clamp(min: Smallest);
        for (var i = 0; i < iterationCount; i++)
        {
            var square = made.matmul(made.transpose(0, 1));                                        // [side, side]
            made = (made * First) + ((square * Third) + (square.matmul(square) * Fifth)).matmul(made);
        }

        return (isTall ? made.transpose(0, 1) : made).contiguous();
    }
}

/// <summary>Settings of <see cref="Muon"/>. Rates are those of AdamW; the betas are for the weights that take AdamW's steps.</summary>
public sealed record MuonOptions : AdamOptions
{
    /// <summary>Muon with the decay that its authors use for language models.</summary>
    public MuonOptions()
    {
        WeightDecay = 0.1;
        Beta2 = 0.95;
    }

    /// <summary>How much of the mean gradient of a matrix is kept per step (0 to 1).</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Newton-Schulz iterations of a step; fewer leave small directions small.</summary>
    public int IterationCount { get; init; } = 5;

    /// <summary>Weights whose name contains one of these take AdamW's steps, whatever their shape: tables of which a step sees a few rows, and what maps to classes or tokens.</summary>
    public IReadOnlyList<string> ByAdam { get; init; } = ["embed", "head."];

    /// <inheritdoc />
    public override int BytesPerNumber() => 4;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Momentum, "momentum");
        OptionRules.Require(IterationCount is > 0 and <= 100, "optimizer.iteration_count", IterationCount, "1 to 100");
        OptionRules.Require(!KeepsLargestSquare, "optimizer.keeps_largest_square", KeepsLargestSquare, "false, which it has no meaning for here");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new Muon(weights, this);

    /// <summary>Whether a weight takes orthogonal steps.</summary>
    internal bool IsMatrix(TrainedWeight weight) => weight.Value.dim() >= 2 && !ByAdam.Any(part => weight.Name.Contains(part, StringComparison.OrdinalIgnoreCase));
}
