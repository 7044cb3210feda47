using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Losses between two distributions over classes, one target per row.</summary>
public static class DistillationLosses
{
    /// <summary>Kullback-Leibler divergence of the model's distribution from a given one, in nats.</summary>
    /// <param name="logits">Raw scores of the model; <c>[target, class]</c>.</param>
    /// <param name="probabilities">The distribution to learn; <c>[target, class]</c>.</param>
    public static SummedLoss KullbackLeibler(Tensor logits, Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return new(F.kl_div(F.log_softmax(logits, -1), probabilities, log_target: false, nn.Reduction.Sum), logits.size(0));
    }

    /// <summary>Learning from a teacher's softened answers (Hinton et al. 2015, arXiv:1503.02531).</summary>
    /// <param name="logits">Raw scores of the student; <c>[target, class]</c>.</param>
    /// <param name="teacherLogits">Raw scores of the teacher, which receives no gradient; <c>[target, class]</c>.</param>
    /// <param name="temperature">Divides both scores; above 1 the small probabilities count more. The loss is scaled by its square, so that gradients keep their size.</param>
    public static SummedLoss Distillation(Tensor logits, Tensor teacherLogits, double temperature = 2)
    {
        ArgumentNullException.ThrowIfNull(teacherLogits);
        var teacher = F.softmax(teacherLogits.detach() / temperature, -1);
        return KullbackLeibler(logits / temperature, teacher).Times(temperature * temperature);
    }
}
