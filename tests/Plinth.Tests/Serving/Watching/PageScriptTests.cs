using System.Diagnostics;

namespace Plinth.Tests.Serving.Watching;

/// <summary>The page's scripts, by Node.js where it is installed.</summary>
public sealed class PageScriptTests
{
    private static readonly string page = Path.Combine(Fixtures.Root, "src", "Plinth.Serving", "Watching", "Page");

    public static TheoryData<string> Scripts => [.. Directory.GetFiles(page, "*.js").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_script_can_be_parsed(string script) => Run(["--check", "--input-type=module"], File.ReadAllText(Path.Combine(page, script)));

    [Fact]
    public void A_resumed_run_reads_as_if_it_had_never_stopped() => Check(
        """
        run.add({ event: "start", time: "2026-01-01T00:00:00Z", name: "r", first_step: 0, total_steps: 100 });
        for (const step of [10, 20, 30]) run.add({ event: "step", time: "2026-01-01T00:00:01Z", step, loss: 3, elapsed: step });
        run.add({ event: "evaluation", step: 30, scores: { loss: 2 } });
        equal(run.status(Date.parse("2026-01-01T00:00:02Z")), "training");
        equal(run.status(Date.parse("2026-01-01T01:00:00Z")), "silent");
        // A clock that was set ahead, and back again, makes nobody more patient.
        run.add({ event: "step", time: "2026-02-01T00:00:01Z", step: 30, loss: 3, elapsed: 31 });
        run.add({ event: "step", time: "2026-01-01T00:00:02Z", step: 30, loss: 3, elapsed: 32 });
        equal(run.status(Date.parse("2026-01-01T01:00:00Z")), "silent");
        run.steps.splice(-2);
        run.add({ event: "start", time: "2026-01-01T02:00:00Z", name: "r", first_step: 20, total_steps: 100 });
        run.add({ event: "step", time: "2026-01-01T02:00:01Z", step: 30, loss: 3, elapsed: 10 });
        equal(run.steps.map(step => step.step).join(), "10,20,30");
        equal(run.evaluations.length, 0);
        equal(run.elapsed, 30);
        run.add({ event: "control", time: "2026-01-01T02:00:01Z", step: 30, request: "pause" });
        run.add({ event: "control", time: "2026-01-01T02:00:01Z", step: 30, request: "snapshot" });
        equal(run.status(Date.parse("2026-01-01T09:00:00Z")), "paused");
        run.add({ event: "control", time: "2026-01-01T09:00:01Z", step: 30, request: "continue" });
        equal(run.status(Date.parse("2026-01-01T09:00:02Z")), "training");
        run.add({ event: "end", time: "2026-01-01T09:00:03Z", step: 30, elapsed: 1, interrupted: true });
        equal(run.status(0), "interrupted");
        """);

    [Fact]
    public void What_is_no_report_is_left_out() => Check(
        """
        for (const report of [null, 1, "x", [], {}, { event: "dance" }, { event: "__proto__" }, { event: "toString" }]) run.add(report);
        equal(run.status(0), "waiting");
        equal(chartsOf(run).length, 0);
        """);

    [Fact]
    public void Charts_are_those_that_the_log_has_numbers_for() => Check(
        """
        run.add({ event: "start", time: "2026-01-01T00:00:00Z", first_step: 0, total_steps: 9 });
        run.add({ event: "step", step: 1, loss: "NaN", gradient_norm: 1, learning_rate: 1, tokens_per_second: 5, resident_bytes: 1e9, terms: { next_sentence: 1 }, sources: { books: { loss: 3, target_count: 10 } },
            block_gradient_norms: { "model.stack.layers.0": 1, "model.stack.layers.1": 2 } });
        run.add({ event: "evaluation", step: 1, scores: { loss: 2, next_sentence_loss: 1, "loss/books": 2, accuracy: 0.5 } });
        const charts = chartsOf(run);
        equal(charts.map(chart => chart.title).join(), "Loss,Parts of the loss,Loss by source,Accuracy,Gradient norm,Gradient norm by block,Learning rate,Speed,Memory");
        equal(charts[0].series.map(series => series.name).join(), "training,held out");
        equal(charts[1].series.map(series => series.name).join(), "next sentence,next sentence loss, held out");
        equal(charts[2].series.map(series => series.name).join(), "books,books, held out");
        equal(charts[5].series.map(series => series.name).join(), "0,1");
        """);

    [Fact]
    public void Axes_are_round_and_peaks_are_kept() => Check(
        """
        equal(ticks(0, 10, 5).join(), "0,2,4,6,8,10");
        equal(ticks(0.13, 0.29, 4).join(), "0.15,0.2,0.25");
        equal(logTicks(0.5, 30).join(), "0.5,1,2,5,10,20");
        equal(short(1234567), "1.23M");
        equal(short(0.00012), "1.2e-4");
        const points = Array.from({ length: 10000 }, (_, i) => [i, i === 7777 ? 99 : i % 3]);
        const kept = thinned(points, 100);
        equal(kept.length <= 100 && kept.some(point => point[1] === 99), true);
        equal(nearest(points, 41.4)[0], 41);
        const scale = scaleOf([[0, 1], [10, 100]], 500, true);
        equal(Math.round(scale.step(scale.x(4))), 4);
        equal(scale.y(10) - scale.y(100), scale.y(1) - scale.y(10));
        equal(scaleOf([[3, 5]], 500, false).y(5) > 0, true);
        """);

    private static void Check(string script)
    {
        var module = string.Concat(new[] { "run-state.js", "charts.js" }.Select(name => File.ReadAllText(Path.Combine(page, name))));
        Run(["--input-type=module"], $$"""
            {{module}}
            import assert from "node:assert";
            const run = new RunState(), equal = assert.deepStrictEqual;
            { {{script}} }
            """);
    }

    private static void Run(string[] arguments, string input)
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
            node.StandardInput.Write(input);
            node.StandardInput.Close();
            var errors = node.StandardError.ReadToEnd();
            node.WaitForExit();
            Assert.True(node.ExitCode == 0, errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Node.js is not installed, which reads the page's scripts.");
        }
    }
}
