using Plinth.Core.Checkpoints;
using Plinth.Layers.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>Values and gradients of all losses against the reference's (tests/fixtures/num-losses).</summary>
public class LossTests
{
    private static readonly Dictionary<string, Tensor> Expected = Read();

    public static TheoryData<string> Cases => [.. Losses.Keys];

    private static Dictionary<string, Func<Tensor, Func<string, Tensor>, Tensor>> Losses { get; } = new()
    {
        ["cross_entropy"] = (x, of) => ClassLosses.CrossEntropy(x, of("target")).Mean,
        ["cross_entropy_smooth0.1"] = (x, of) => ClassLosses.CrossEntropy(x, of("target"), smoothing: 0.1).Mean,
        ["cross_entropy_weight"] = (x, of) => ClassLosses.CrossEntropy(x, of("target"), of("weight")).Mean,
        ["bce_logits"] = (x, of) => ClassLosses.Binary(x, of("target")).Mean,
        ["bce_logits_posweight"] = (x, of) => ClassLosses.Binary(x, of("target"), of("weight")).Mean,
        ["kl_div_batchmean"] = (x, of) => DistillationLosses.KullbackLeibler(x, of("target")).Mean,
        ["mse"] = (x, of) => RegressionLosses.Squared(x, of("target")).Mean,
        ["l1"] = (x, of) => RegressionLosses.Absolute(x, of("target")).Mean,
        ["smooth_l1"] = (x, of) => RegressionLosses.SmoothAbsolute(x, of("target"), 0.7).Mean,
        ["huber"] = (x, of) => RegressionLosses.Huber(x, of("target"), 0.7).Mean,
        ["cosine_embedding"] = (x, of) => ContrastiveLosses.Cosine(x, of("target"), tensor(new[] { 1f, -1f, 1f, -1f, 1f }), 0.1).Mean,
        ["ctc_mean"] = (x, of) => SequenceLosses.Ctc(x, of("targets"), of("input_lengths"), of("target_lengths"), perLabel: true).Mean,
        ["ctc_sum"] = (x, of) => SequenceLosses.Ctc(x, of("targets"), of("input_lengths"), of("target_lengths")).Sum,
        // Five labels do not fit into four frames.
        ["ctc_inf"] = (x, _) => SequenceLosses.Ctc(x, tensor(new long[] { 1, 2, 3, 4, 5 }, [1, 5]), tensor(new long[] { 4 }), tensor(new long[] { 5 }), dropImpossible: true).Sum,
        ["clip_contrastive"] = (x, _) => ContrastiveLosses.Symmetric(x).Mean,
        ["siglip"] = (x, _) => ContrastiveLosses.Sigmoid(x).Mean,
        ["triplet"] = (x, of) => ContrastiveLosses.Triplet(x, of("positive"), of("negative")).Mean,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_loss_and_its_gradient_equal_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        var input = Expected[$"{name}.input"].clone().requires_grad_();
        var loss = Losses[name](input, field => Expected[$"{name}.{field}"]);
        loss.backward();
        Assert.Equal(Expected[$"{name}.loss"].ToSingle(), loss.ToSingle(), 1e-5);
        Assert.True(input.grad!.allclose(Expected[$"{name}.grad"], 1e-4, 1e-6), $"{name}: {(input.grad - Expected[$"{name}.grad"]).abs().max().ToSingle()}");
    }

    [Fact]
    public void Every_case_of_the_reference_is_tested() =>
        Assert.Equal(Expected.Keys.Where(k => k.EndsWith(".loss", StringComparison.Ordinal)).Select(k => k[..^5]).Order(), Losses.Keys.Order());

    [Fact]
    public void Symmetric_choice_is_info_nce_both_ways()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (nn.functional.normalize(randn(6, 8)), nn.functional.normalize(randn(6, 8)));
        var both = (ContrastiveLosses.InfoNce(a, b, 0.1).Sum + ContrastiveLosses.InfoNce(b, a, 0.1).Sum) / 2;
        Assert.Equal(both.ToSingle(), ContrastiveLosses.Symmetric(a.matmul(b.T) / 0.1).Sum.ToSingle(), 1e-4);
    }

    [Fact]
    public void Distillation_vanishes_when_student_and_teacher_agree()
    {
        using var scope = NewDisposeScope();
        var logits = randn(4, 9);
        Assert.Equal(0, DistillationLosses.Distillation(logits, logits + 3).Sum.ToSingle(), 1e-5);
        Assert.True(DistillationLosses.Distillation(logits, -logits).Sum.ToSingle() > 0.1);
    }

    private static Dictionary<string, Tensor> Read()
    {
        using var file = SafetensorsFile.Open(Path.Combine(Fixtures.Folder("num-losses"), "expected.safetensors"));
        return file.Entries.Keys.ToDictionary(name => name, file.Read);
    }
}
