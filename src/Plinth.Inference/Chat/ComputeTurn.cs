namespace Plinth.Inference.Chat;

/// <summary>
/// Whose turn it is to compute. All clients of a process take turns, token by token: two threads must not compute with TorchSharp at once
/// (docs/architecture.md, Threads), and would only share the same cores.
/// </summary>
internal static class ComputeTurn
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>Computes on the thread pool when it is the caller's turn.</summary>
    public static async Task<T> Run<T>(Func<T> compute, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(compute, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Waits until nobody computes, then acts on the caller's thread.</summary>
    public static void Take(Action act) => Take<object?>(() =>
    {
        act();
        return null;
    });

    /// <summary>As <see cref="Take(Action)"/>, with a result.</summary>
    public static T Take<T>(Func<T> act, CancellationToken cancellation = default)
    {
        Turn.Wait(cancellation);
        try
        {
            return act();
        }
        finally
        {
            Turn.Release();
        }
    }
}
