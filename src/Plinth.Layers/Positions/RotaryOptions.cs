namespace Plinth.Layers.Positions;

/// <summary>Form of rotary positions.</summary>
public sealed record RotaryOptions
{
    /// <summary>Base of the wavelengths, 10,000 in the paper.</summary>
    public double Theta { get; init; } = 10_000;

    /// <summary>How many components of a head are rotated, even; null means all. The others carry no position (GPT-J, GPT-NeoX, Phi).</summary>
    public int? Size { get; init; }

    /// <summary>Whether neighbours are paired, as in the paper and GPT-J, instead of the two halves, as in Llama-type files.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>How the wavelengths are stretched for longer sequences, or null.</summary>
    public RotaryScaling? Scaling { get; init; }
}
