namespace Plinth.Inference.Sampling;

/// <summary>When beam search stops looking for better sequences.</summary>
public enum EarlyStopping
{
    /// <summary>When the best running beam, at its present length, is worse than the worst finished one.</summary>
    Heuristic,

    /// <summary>As soon as there are as many finished sequences as beams.</summary>
    WhenFull,

    /// <summary>Only when no running beam can become better, however long it grows.</summary>
    Never,
}
