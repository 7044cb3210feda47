using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Cli.Commands;

/// <summary>Pictures that are named on the command line: files, and addresses on the web.</summary>
internal static class PictureSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The picture of a name; one on the web is fetched now, within the limits of all pictures.</summary>
    /// <exception cref="BadInputException">It cannot be fetched, or is too large. Whether a file is a picture shows when it is decoded.</exception>
    public static async Task<ImageSource> Open(string name, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(name, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            return new FileImage(name);
        }

        using var client = new HttpClient { Timeout = Patience, MaxResponseContentBufferSize = new ImageDecodingOptions().Limits.MaxFileBytes };
        try
        {
            return new EncodedImage(await client.GetByteArrayAsync(address, cancellation).ConfigureAwait(false), name);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new BadInputException($"{name} cannot be fetched: {error.Message} Look at the address in a browser, or name a file.", error);
        }
    }

    /// <summary>Whether a name is that of many pictures: a folder or an archive.</summary>
    public static bool IsSet(string name) => Directory.Exists(name) || (File.Exists(name) && name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase));
}
