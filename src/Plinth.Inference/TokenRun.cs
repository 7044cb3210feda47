using Plinth.Core;

namespace Plinth.Inference;

/// <summary>One prompt that is being continued. Not safe for concurrent use; it holds the cache until it is disposed.</summary>
public sealed class TokenRun : IDisposable
{
    private readonly TokenLoop loop;

    internal TokenRun(Model model, GenerationRequest request) => loop = new(model, request);

    /// <summary>Why there is no further token; null while there may be one.</summary>
    public FinishReason? FinishReason => loop.ReasonOf(0);

    /// <summary>Makes the next token, the end token included; null when there is none.</summary>
    /// <param name="cancellation">Ends the work before the token.</param>
    public int? Next(CancellationToken cancellation = default) => loop.Step(cancellation) is [var (_, id), ..] ? id : null;

    /// <summary>Ends the stream from outside; what ended already keeps its reason.</summary>
    public void Stop() => loop.Stop(0);

    /// <inheritdoc />
    public void Dispose() => loop.Dispose();
}
