using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Plinth.Serving.Watching;

/// <summary>
/// Lets only the person in who started the server: other sites that the browser has open may send requests here, also under a name of theirs that they
/// let point to this machine, and other users of the machine may too.
/// </summary>
/// <param name="token">What a request for anything of the run must know.</param>
internal sealed class RequestGuard(string token)
{
    /// <summary>Where requests carry the token. A page of another site cannot set it unasked.</summary>
    public const string Header = "X-Plinth-Token";

    /// <summary>Where requests carry it that cannot set headers; not taken of those that change something.</summary>
    public const string Query = "token";

    /// <summary>What lies below it is of the run; the rest is the page, the same for everybody.</summary>
    public const string Protected = "/run";

    private static readonly string[] ownNames = ["127.0.0.1", "localhost"];

    /// <summary>Refuses a request, or passes it on.</summary>
    public Task Check(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";

        var request = context.Request;
        if (!IsOwnHost(context) || !IsOwnOrigin(request))
        {
            return Refuse(context, StatusCodes.Status403Forbidden, "This server answers its own page alone.");
        }

        return !request.Path.StartsWithSegments(Protected, StringComparison.Ordinal) || KnowsToken(request) ? next(context)
            : Refuse(context, StatusCodes.Status401Unauthorized, "Open the address that 'plinth watch' printed; its end is the key.");
    }

    // A name of another site may be made to point here (DNS rebinding); the browser still says by which name it came.
    private static bool IsOwnHost(HttpContext context) =>
        ownNames.Contains(context.Request.Host.Host, StringComparer.OrdinalIgnoreCase) && context.Request.Host.Port == context.Connection.LocalPort;

    private static bool IsOwnOrigin(HttpRequest request) =>
        (request.Headers.Origin is not [_, ..] origin || origin.Equals($"http://{request.Host}"))
        && (request.Headers["Sec-Fetch-Site"] is not [_, ..] site || site.Equals("same-origin") || site.Equals("none"));

    private bool KnowsToken(HttpRequest request)
    {
        var given = request.Headers[Header] is [{ } header] ? header
            : HttpMethods.IsGet(request.Method) && request.Query[Query] is [{ } query] ? query : "";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));
    }

    private static Task Refuse(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(why, context.RequestAborted);
    }
}
