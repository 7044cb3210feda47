using Plinth.Data.Batching;

namespace Plinth.Data.Vision;

/// <summary>Parts of the drawn pictures. A scene belongs to exactly one of them, by its content.</summary>
public enum SceneSplit
{
    /// <summary>For learning; eight of ten scenes.</summary>
    Train,

    /// <summary>For choosing; one of ten.</summary>
    Validation,

    /// <summary>For the last word; one of ten.</summary>
    Test,
}

/// <summary>Numbers that follow from the content of a scene.</summary>
internal static class SceneHash
{
    private const int Parts = 10;

    /// <summary>A number that is the same for the same text everywhere.</summary>
    public static ulong Of(string text) => text.Aggregate(0UL, (hash, letter) => SplitMix.Mix(hash, letter));

    /// <summary>The part that a scene belongs to, whoever draws it and with whatever seed.</summary>
    public static SceneSplit SplitOf(DrawnScene scene) => (Of(scene.Key) % Parts) switch
    {
        8 => SceneSplit.Validation,
        9 => SceneSplit.Test,
        _ => SceneSplit.Train,
    };
}
