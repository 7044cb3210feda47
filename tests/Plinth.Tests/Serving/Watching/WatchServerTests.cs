using System.Net;
using System.Net.ServerSentEvents;
using Plinth.Core;
using Plinth.Serving.Watching;
using Plinth.Tests.Training.Observers;
using Plinth.Training.Control;
using Plinth.Training.Observers;

namespace Plinth.Tests.Serving.Watching;

public sealed class WatchServerTests : IAsyncLifetime
{
    private readonly Plinth.Tests.TemporaryFolder folder = new();
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(20) };
    private WatchServer server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Token => server.Address.Fragment["#token=".Length..];

    public async ValueTask InitializeAsync() => server = await WatchServer.Start(Run(), cancellation: Cancellation);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html", "<!doctype html>")]
    [InlineData("/watch.css", "text/css", ":root")]
    [InlineData("/watch.js", "text/javascript", "EventSource")]
    [InlineData("/charts.js", "text/javascript", "LineChart")]
    [InlineData("/run-state.js", "text/javascript", "RunState")]
    public async Task The_page_is_whole_in_itself(string path, string type, string holds)
    {
        var answer = await client.SendAsync(Request(HttpMethod.Get, path), Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(holds, text, StringComparison.Ordinal);
        // No address of another machine: the names of XML's own language are no addresses.
        Assert.DoesNotContain("//", text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).Split('\n').Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)).Aggregate("", string.Concat), StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; script-src 'self';", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task The_log_comes_line_by_line_and_goes_on_as_it_grows()
    {
        var log = new JsonLinesObserver(Run().Log);
        await using var events = await Events();
        Assert.Equal("reset", (await events.Next()).EventType);
        log.Started(Reports.Start());
        log.Stepped(Reports.Step(10));
        Assert.Contains("\"event\":\"start\"", (await events.Next()).Data, StringComparison.Ordinal);
        var step = await events.Next();
        Assert.Equal("report", step.EventType);
        Assert.Equal(File.ReadLines(Run().Log).Last(), step.Data);

        // Half a line is none yet.
        await File.AppendAllTextAsync(Run().Log, "{\"event\":\"half\"", Cancellation);
        await Task.Delay(400, Cancellation);
        await File.AppendAllTextAsync(Run().Log, ",\"and\":\"the rest\"}\n", Cancellation);
        Assert.Equal("{\"event\":\"half\",\"and\":\"the rest\"}", (await events.Next()).Data);
    }

    [Fact]
    public async Task A_run_that_goes_on_from_an_earlier_step_is_read_from_its_beginning()
    {
        Reports.Play(new JsonLinesObserver(Run().Log));
        await using var events = await Events();
        Assert.Equal("reset", (await events.Next()).EventType);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal("report", (await events.Next()).EventType);
        }

        new JsonLinesObserver(Run().Log).Started(Reports.Start(firstStep: 15));
        Assert.Equal("reset", (await events.Next()).EventType);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("report", (await events.Next()).EventType);
        }
    }

    [Fact]
    public async Task A_line_without_end_is_passed_over()
    {
        await File.WriteAllTextAsync(Run().Log, new string('x', 3 << 20) + "\n{\"event\":\"start\"}\n", Cancellation);
        await using var events = await Events();
        Assert.Equal("reset", (await events.Next()).EventType);
        Assert.Equal("{\"event\":\"start\"}", (await events.Next()).Data);
    }

    [Fact]
    public async Task A_request_reaches_a_run_that_is_going_on_and_no_other()
    {
        var none = await client.SendAsync(Request(HttpMethod.Post, "/run/control/pause", Token), Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, none.StatusCode);
        Assert.Contains("No run is going on", await none.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        await using var running = Running();
        Assert.Equal(HttpStatusCode.Accepted, (await client.SendAsync(Request(HttpMethod.Post, "/run/control/pause", Token), Cancellation)).StatusCode);
        Assert.Equal("pause\n", await File.ReadAllTextAsync(folder.Path(ControlFile.FileName), Cancellation));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(Request(HttpMethod.Post, "/run/control/dance", Token), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(Request(HttpMethod.Get, "/run/control/stop", Token), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("POST", "/run/control/stop", null)]
    [InlineData("POST", "/run/control/stop", "0123456789abcdef0123456789abcdef")]
    [InlineData("POST", "/run/control/stop", "in the query")]
    [InlineData("GET", "/run/events", null)]
    [InlineData("GET", "/run/documents", null)]
    public async Task Nothing_of_the_run_is_had_without_the_token(string method, string path, string? token)
    {
        await using var running = Running();
        // What changes something must carry it where another site cannot put it.
        var request = token == "in the query" ? Request(new(method), $"{path}?token={Token}") : Request(new(method), path, token);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync(request, Cancellation)).StatusCode);
        Assert.False(File.Exists(folder.Path(ControlFile.FileName)));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "127.0.0.1:1")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Other_sites_are_refused_even_with_the_token(string header, string value)
    {
        await using var running = Running();
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/run/control/stop"), (HttpMethod.Get, "/run/documents"), (HttpMethod.Get, "/") })
        {
            var request = Request(method, path, Token);
            request.Headers.TryAddWithoutValidation(header, value);
            Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(request, Cancellation)).StatusCode);
        }

        Assert.False(File.Exists(folder.Path(ControlFile.FileName)));
    }

    [Fact]
    public async Task The_own_page_is_let_in_by_either_name()
    {
        foreach (var name in new[] { "127.0.0.1", "localhost" })
        {
            var request = Request(HttpMethod.Get, "/run/documents", Token);
            request.Headers.Host = $"{name}:{server.Address.Port}";
            request.Headers.TryAddWithoutValidation("Origin", $"http://{name}:{server.Address.Port}");
            request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "same-origin");
            Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(request, Cancellation)).StatusCode);
        }
    }

    [Fact]
    public async Task Documents_are_those_of_the_run_and_links_lead_nowhere()
    {
        await File.WriteAllTextAsync(folder.Path("recipe.yaml"), "name: x\n", Cancellation);
        await File.WriteAllTextAsync(folder.Path("secret"), "secret", Cancellation);
        File.CreateSymbolicLink(folder.Path("run.json"), folder.Path("secret"));
        var answer = await client.SendAsync(Request(HttpMethod.Get, "/run/documents", Token), Cancellation);
        Assert.Equal("{\"recipe\":\"name: x\\n\"}", await answer.Content.ReadAsStringAsync(Cancellation));
        foreach (var path in new[] { "/run/documents/secret", "/secret", "/run/documents/..%2fsecret", "/../secret" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(Request(HttpMethod.Get, path, Token), Cancellation)).StatusCode);
        }
    }

    [Fact]
    public async Task Every_start_has_a_token_of_its_own_and_a_taken_port_is_named()
    {
        await using var other = await WatchServer.Start(Run(), cancellation: Cancellation);
        Assert.NotEqual(server.Address.Fragment, other.Address.Fragment);
        var taken = await Assert.ThrowsAsync<BadInputException>(() => WatchServer.Start(Run(), server.Address.Port, cancellation: Cancellation));
        Assert.Contains($"Port {server.Address.Port}", taken.Message, StringComparison.Ordinal);
        Assert.Contains("no port 70000", (await Assert.ThrowsAsync<BadInputException>(() => WatchServer.Start(Run(), 70000, cancellation: Cancellation))).Message, StringComparison.Ordinal);
        var nowhere = Run() with { Folder = folder.Path("nowhere") };
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<BadInputException>(() => WatchServer.Start(nowhere, cancellation: Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ending_the_server_ends_its_answers()
    {
        await using var events = await Events();
        await events.Next();
        var ended = server.DisposeAsync();
        Assert.True(await events.IsOver());
        await ended;
        server = await WatchServer.Start(Run(), cancellation: Cancellation);
    }

    private WatchedRun Run() => new()
    {
        Folder = folder.Root,
        Log = folder.Path("log.jsonl"),
        Documents = new Dictionary<string, string> { ["recipe"] = folder.Path("recipe.yaml"), ["record"] = folder.Path("run.json") },
    };

    // As a run holds its folder.
    private FileStream Running() =>
        new(Path.Combine(Directory.CreateDirectory(folder.Path("snapshot")).FullName, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private HttpRequestMessage Request(HttpMethod method, string path, string? token = null)
    {
        var request = new HttpRequestMessage(method, $"http://127.0.0.1:{server.Address.Port}{path}");
        if (token is not null)
        {
            request.Headers.Add("X-Plinth-Token", token);
        }

        return request;
    }

    private async Task<Listener> Events()
    {
        var answer = await client.SendAsync(Request(HttpMethod.Get, $"/run/events?token={Token}"), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new(answer, SseParser.Create(await answer.Content.ReadAsStreamAsync(Cancellation)).EnumerateAsync(Cancellation).GetAsyncEnumerator(Cancellation));
    }

    private sealed class Listener(HttpResponseMessage answer, IAsyncEnumerator<SseItem<string>> events) : IAsyncDisposable
    {
        private static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

        public async Task<SseItem<string>> Next()
        {
            Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(patience, Cancellation));
            return events.Current;
        }

        public async Task<bool> IsOver()
        {
            try
            {
                return !await events.MoveNextAsync().AsTask().WaitAsync(patience, Cancellation);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                return true;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await events.DisposeAsync();
            answer.Dispose();
        }
    }
}
