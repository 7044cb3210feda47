using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2014, arXiv:1412.6980) in both its forms, walking over each tensor once: on processors that gain by it in a loop of our own,
/// elsewhere in libtorch's fused kernels, three times as fast as one operation after the other.
/// </summary>
public sealed class Adam : StepOptimizer
{
    private readonly AdamOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings; their type decides how weights decay.</param>
    public Adam(IReadOnlyList<TrainedWeight> weights, AdamOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void StepAll(double learningRate, Tensor? divisor) =>
        StepFused(States, options, options is AdamWOptions, learningRate, divisor);

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate) =>
        throw new NotSupportedException("The fused kernels take all weights at once.");

    /// <summary>Changes weights in one walk over each.</summary>
    /// <param name="all">The weights.</param>
    /// <param name="options">Settings.</param>
    /// <param name="isDecoupled">Whether decay is apart from the gradient.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="divisor">What gradients are to be divided by, a scalar on the device; null for 1.</param>
    internal static void StepFused(IEnumerable<WeightState> all, AdamOptions options, bool isDecoupled, double learningRate, Tensor? divisor)
    {
        using var scope = NewDisposeScope();
        var active = all.Select(state => new Entry(state, state.Weight.CollectedGradient!)).Where(entry => entry.Gradient is not null)
            .ToLookup(entry => !options.KeepsLargestSquare && AdamKernel.Suits(entry.State.Weight.Value, entry.Gradient));
        StepByLoops(active[true], options, isDecoupled, learningRate, divisor);
        StepByLibtorch(active[false], options, isDecoupled, learningRate, divisor);
    }

    private static void StepByLoops(IEnumerable<Entry> active, AdamOptions options, bool isDecoupled, double learningRate, Tensor? divisor)
    {
        var divided = divisor is null ? 1 : (double?)null;
        foreach (var (state, gradient) in active)
        {
            state.Step++;
            AdamKernel.Step(
                new(state.Weight.Value, gradient, Moment(state, "mean", options), Moment(state, "square", options), state.Weight.Rounded),
                new(learningRate * state.Weight.RateFactor, options.Beta1, options.Beta2, options.Epsilon, state.Decay, isDecoupled, state.Step, divided ??= divisor!.ToDouble()) { Seed = SeedOf(state) });
            state.Weight.MarkPublished();
        }
    }

    private static void StepByLibtorch(IEnumerable<Entry> active, AdamOptions options, bool isDecoupled, double learningRate, Tensor? divisor)
    {
        // Moments in bfloat16 are widened for the call, those of one weight at a time.
        var isSmall = options.Moments == Precision.BFloat16;
        foreach (var group in active.GroupBy(entry => (entry.State.Decay, entry.State.Step, entry.State.Weight.RateFactor, Number: isSmall ? entry.State.Number : 0)))
        {
            using var scope = NewDisposeScope();
            WeightState[] states = [.. group.Select(entry => entry.State)];
            var (means, squares) = (Wide("mean"), Wide("square"));
            var step = tensor((float)(group.Key.Step + 1), device: states[0].Weight.Value.device);
            var call = new AtenCall();
            call.Push([.. states.Select(s => s.Weight.Value)]);
            call.Push([.. states.Select(s => s.Weight.Gradient!)]);
            call.Push(means);
            call.Push(squares);
            call.Push(options.KeepsLargestSquare ? [.. states.Select(s => s.Get("largest_square"))] : Array.Empty<Tensor>());
            call.Push([.. Enumerable.Repeat(step, states.Length)]);
            call.Push(learningRate * group.Key.RateFactor).Push(options.Beta1).Push(options.Beta2).Push(group.Key.Decay).Push(options.Epsilon);
            call.Push(options.KeepsLargestSquare).Push(false).PushOptional(divisor).PushNone();
            call.Invoke(isDecoupled ? "aten::_fused_adamw_" : "aten::_fused_adam_");
            foreach (var (i, state) in states.Index())
            {
                state.Step++;
                if (isSmall)
                {
                    StochasticRounding.Copy(means[i], Moment(state, "mean", options), StableSeed.Of(SeedOf(state), 0));
                    StochasticRounding.Copy(squares[i], Moment(state, "square", options), StableSeed.Of(SeedOf(state), 1));
                }
            }

            Tensor[] Wide(string name) => [.. states.Select(state => Moment(state, name, options)).Select(moment => isSmall ? moment.to(float32) : moment)];
        }
    }

    private static Tensor Moment(WeightState state, string name, AdamOptions options) =>
        state.Get(name, state.Weight.Value.shape, options.Moments == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);

    // Of a run and the same run after an interruption the same.
    private static long SeedOf(WeightState state) => StableSeed.Of(state.Number, state.Step);

    private readonly record struct Entry(WeightState State, Tensor Gradient);
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

    /// <summary>
    /// In which numbers both moments are kept. In bfloat16 they take half the memory; they are rounded by chance, so that what a step adds is kept on
    /// average even where it is less than bfloat16 can tell.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]   // snapshots from before there was a choice do not name it
    public Precision Moments { get; init; } = Precision.Float32;

    /// <inheritdoc />
    public override int BytesPerNumber() => (Moments == Precision.BFloat16 ? 4 : 8) + (KeepsLargestSquare ? 4 : 0);

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        OptionRules.Require(Enum.IsDefined(Moments), "optimizer.moments", Moments, "float32 or bfloat16");
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
