using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Divides the scores.</summary>
/// <param name="temperature">Below 1 sharpens, above 1 flattens.</param>
public sealed class TemperatureProcessor(double temperature) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores) => scores / temperature;
}
