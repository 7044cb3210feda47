using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2014, arXiv:1412.6980) in both its forms, in libtorch's fused kernels, which walk each tensor
/// once: three times as fast as one operation after the other.
/// </summary>
public sealed class Adam : StepOptimizer
{
    /// <summary>The kernel whose decay is apart from the gradient.</summary>
    internal const string DecoupledKernel = "aten::_fused_adamw_";

    private readonly AdamOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings; their type decides how weights decay.</param>
    public Adam(IReadOnlyList<TrainedWeight> weights, AdamOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void StepAll(double learningRate, Tensor? divisor) =>
        StepFused(States, options, options is AdamWOptions ? DecoupledKernel : "aten::_fused_adam_", learningRate, divisor);

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate) =>
        throw new NotSupportedException("The fused kernels take all weights at once.");

    /// <summary>Changes weights by one of the fused kernels.</summary>
    /// <param name="all">The weights.</param>
    /// <param name="options">Settings.</param>
    /// <param name="kernel">Its name.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="divisor">What gradients are to be divided by, a scalar on the device; null for 1.</param>
    internal static void StepFused(IEnumerable<WeightState> all, AdamOptions options, string kernel, double learningRate, Tensor? divisor)
    {
        using var scope = NewDisposeScope();
        var active = all.Select(state => (State: state, state.Weight.Gradient)).Where(entry => entry.Gradient is not null);
        foreach (var group in active.GroupBy(entry => (entry.State.Decay, entry.State.Step, entry.State.Weight.RateFactor)))
        {
            var entries = group.ToArray();
            WeightState[] states = [.. entries.Select(entry => entry.State)];
            var step = tensor((float)(group.Key.Step + 1), device: states[0].Weight.Value.device);
            var call = new AtenCall();
            call.Push([.. states.Select(s => s.Weight.Value)]);
            call.Push([.. entries.Select(entry => entry.Gradient!)]);
            call.Push([.. states.Select(s => s.Get("mean"))]);
            call.Push([.. states.Select(s => s.Get("square"))]);
            call.Push(options.KeepsLargestSquare ? [.. states.Select(s => s.Get("largest_square"))] : Array.Empty<Tensor>());
            call.Push([.. Enumerable.Repeat(step, states.Length)]);
            call.Push(learningRate * group.Key.RateFactor).Push(options.Beta1).Push(options.Beta2).Push(group.Key.Decay).Push(options.Epsilon);
            call.Push(options.KeepsLargestSquare).Push(false).PushOptional(divisor).PushNone();
            call.Invoke(kernel);
            foreach (var state in states)
            {
                state.Step++;
            }
        }
    }
}

/// <summary>Adam whose weight decay is part of the gradient.</summary>
public record AdamOptions : OptimizerOptions
{
    /// <summary>How much of the mean gradient is kept per step (0 to 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the mean square is kept per step (0 to 1); lower forgets sooner.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square; larger values damp rarely used weights.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether steps never grow again where a gradient was large once (AMSGrad: Reddi et al. 2018, "On the Convergence of Adam and Beyond").</summary>
    public bool KeepsLargestSquare { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Beta1, "beta1");
        RequireShare(Beta2, "beta2");
        RequirePositive(Epsilon, "epsilon");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new Adam(weights, this);
}

/// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2017, arXiv:1711.05101).</summary>
public sealed record AdamWOptions : AdamOptions
{
    /// <summary>AdamW with the usual decay of 0.01.</summary>
    public AdamWOptions()
    {
        WeightDecay = 0.01;
    }
}
