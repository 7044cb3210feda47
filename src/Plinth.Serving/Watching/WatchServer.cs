using System.Net;
using System.Net.ServerSentEvents;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Plinth.Core;
using Plinth.Training.Control;

namespace Plinth.Serving.Watching;

/// <summary>
/// A web page that shows a run live and passes on what it is asked for, for the person at this machine: it listens to the machine itself alone. It knows
/// the run by its folder, so that the run may be of another process, or long over.
/// </summary>
public sealed class WatchServer : IAsyncDisposable
{
    private const long LongestDocument = 4 << 20;
    private const int TokenLength = 32, MostConnections = 64;

    private static readonly Dictionary<string, string> pageFiles = new(StringComparer.Ordinal)
    {
        ["/"] = "watch.html", ["/watch.css"] = "watch.css", ["/watch.js"] = "watch.js", ["/charts.js"] = "charts.js", ["/run-state.js"] = "run-state.js",
    };

    private readonly WatchedRun run;
    private readonly TimeProvider clock;
    private readonly string token = RandomNumberGenerator.GetHexString(TokenLength, lowercase: true);
    private readonly WebApplication app;

    private WatchServer(WatchedRun run, int port, TimeProvider clock)
    {
        (this.run, this.clock) = (run, clock);
        // Empty: no setting file or variable of the machine may open it to others.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRoutingCore().AddSingleton<IHostLifetime, CallersLifetime>();
        app = builder.Build();
        var guard = new RequestGuard(token);
        app.Use(guard.Check);
        app.UseRouting();
        Map();
    }

    /// <summary>The page's address, with the token that lets in behind a <c>#</c>, which browsers keep to themselves.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Begins to serve.</summary>
    /// <param name="run">What is shown.</param>
    /// <param name="port">Where on this machine; 0 takes a free one.</param>
    /// <param name="clock">Says when to look at the log again; the system's clock by default.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="BadInputException">There is no such folder, or the port is taken.</exception>
    public static async Task<WatchServer> Start(WatchedRun run, int port = 0, TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            throw new BadInputException($"There is no port {port}. Give one from 1 to {IPEndPoint.MaxPort}, or 0 for one that is free.");
        }

        if (!Directory.Exists(run.Folder))
        {
            throw new BadInputException($"There is no folder '{run.Folder}'. Name the folder of a run, such as runs/NAME.");
        }

        var server = new WatchServer(run, port, clock ?? TimeProvider.System);
        try
        {
            await server.app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw error is IOException ? new BadInputException($"Port {port} cannot be listened to: {error.Message} Choose another with --port, or 0 for one that is free.", error) : error;
        }

        var address = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Address = new($"{address}/#{RequestGuard.Query}={server.token}");
        return server;
    }

    /// <summary>Serves until cancelled.</summary>
    public Task Run(CancellationToken cancellation) => app.WaitForShutdownAsync(cancellation);

    /// <summary>Ends all answers and lets go of the port.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync().ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private void Map()
    {
        foreach (var (path, file) in pageFiles)
        {
            var (content, type) = (Resource(file), TypeOf(file));
            app.MapGet(path, () => TypedResults.Bytes(content, type));
        }

        var guarded = app.MapGroup(RequestGuard.Protected);
        guarded.MapGet("/events", (CancellationToken aborted) => TypedResults.ServerSentEvents(Events(aborted)));
        guarded.MapGet("/documents", (CancellationToken aborted) => Documents(aborted));
        guarded.MapPost("/control/{word}", (string word) => Ask(word));
    }

    private async IAsyncEnumerable<SseItem<string>> Events([EnumeratorCancellation] CancellationToken aborted)
    {
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        await foreach (var line in new LogTail(run.Log, clock).Follow(end.Token).ConfigureAwait(false))
        {
            yield return line is null ? new("", "reset") : new(line, "report");
        }
    }

    private async Task<Ok<Dictionary<string, string>>> Documents(CancellationToken cancellation)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (title, path) in run.Documents)
        {
            if (await PlainFile.TryRead(path, LongestDocument, cancellation).ConfigureAwait(false) is { } text)
            {
                found[title] = text;
            }
        }

        return TypedResults.Ok(found);
    }

    private ContentHttpResult Ask(string word)
    {
        if (!ControlFile.Words.Contains(word))
        {
            return TypedResults.Text($"A run cannot be asked for that. Known: {string.Join(", ", ControlFile.Words)}.", statusCode: StatusCodes.Status400BadRequest);
        }

        try
        {
            ControlFile.Ask(run.Folder, ControlFile.Parse(word));
            return TypedResults.Text("asked", statusCode: StatusCodes.Status202Accepted);
        }
        catch (PlinthException error)
        {
            return TypedResults.Text(error.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static byte[] Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The page's part {name} was not built in.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };

    /// <summary>Leaves Ctrl-C and other signals to the program that serves.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
