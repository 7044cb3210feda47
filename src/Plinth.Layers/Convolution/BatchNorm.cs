using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>
/// Brings each channel to a common scale over the batch in training, and by the mean and variance gathered there afterwards (Ioffe,
/// Szegedy 2015, arXiv:1502.03167). What is gathered is saved with the weights. A norm that is not trained gathers nothing either: under a
/// head that is learnt alone the features stay as they are.
/// </summary>
public sealed class BatchNorm : nn.Module<Tensor, Tensor>, IBatchStatistics
{
    private const double Epsilon = 1e-5, NewShare = 0.1;

    private readonly Parameter weight, bias;
    private readonly Tensor mean, variance, batchCount;

    /// <param name="size">Channels.</param>
    public BatchNorm(long size)
        : base(nameof(BatchNorm))
    {
        weight = FreshWeights.Ones(size);
        bias = FreshWeights.Zeros(size);
        mean = FreshWeights.Statistics(0, size);
        variance = FreshWeights.Statistics(1, size);
        batchCount = FreshWeights.Counter();
        RegisterComponents();
    }

    /// <summary>Number of channels.</summary>
    public long Size => weight.size(0);

    /// <inheritdoc />
    public bool IsGathering => training && weight.requires_grad;

    /// <param name="input"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    /// <exception cref="ArgumentException">One value per channel is to be trained on, which has no variance.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (IsGathering)
        {
            if (input.size(0) * input.size(1) * input.size(2) == 1)
            {
                throw new ArgumentException("A batch norm cannot be trained on one picture whose map has one position. Take larger batches or larger pictures.", nameof(input));
            }

            batchCount.add_(1);
        }

        return MapLayout.ToChannelsLast(nn.functional.batch_norm(
            MapLayout.ToChannelsFirst(input), mean, variance, weight, bias, IsGathering, NewShare, Epsilon));
    }
}
