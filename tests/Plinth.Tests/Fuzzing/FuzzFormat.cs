using Plinth.Core;

namespace Plinth.Tests.Fuzzing;

/// <summary>A kind of file and what reads it.</summary>
/// <param name="FileName">Name under which it is written; its end often says the form, and it may stand in a folder.</param>
/// <param name="Sound">Bytes that are read without complaint; tiny, so that every place of them is hit.</param>
/// <param name="Read">Reads the file at a path to its end.</param>
internal sealed record FuzzFormat(string FileName, Func<byte[]> Sound, Action<string> Read)
{
    /// <summary>What a damaged file may be answered with.</summary>
    public Type Refusal { get; init; } = typeof(BadInputException);

    /// <summary>Managed memory that reading one file may allocate, in bytes.</summary>
    public long Allowance { get; init; } = 32 << 20;

    /// <summary>Files that stand beside it and are sound.</summary>
    public IReadOnlyDictionary<string, byte[]> Beside { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Whether any damage at all leaves a file that is read, as with a program text; else refusals must be met too.</summary>
    public bool TakesAnything { get; init; }

    /// <summary>Whether every refusal names the folder in which the file lies.</summary>
    public bool IsNamed { get; init; }

    public override string ToString() => FileName;
}
