namespace Plinth.Recipes.Reports;

/// <summary>How a report looks. Free of &lt;, &gt; and &amp;, which XML would escape and a browser would not read back.</summary>
internal static class ReportStyle
{
    /// <summary>The style sheet.</summary>
    public static string Sheet { get; } = Base + string.Concat(ChartPlot.Palette.Select((colour, i) => $".s{i}{{color:{colour}}}\n"));

    private const string Base = """

        :root {
          color-scheme: light dark;
          --paper: #fbfaf8; --ink: #22262b; --quiet: #646b73; --line: #dcdee1; --tint: #eef3ee; --good: #1f6b4c; --code: #f3f1ed;
        }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #17191c; --ink: #e4e6e8; --quiet: #9aa1a9; --line: #353a40; --tint: #1d2b25; --good: #7fd0a8; --code: #202327; }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 3rem 1.25rem 4rem; max-width: 50rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums;
        }
        header { border-bottom: 1px solid var(--line); margin-bottom: 2rem; padding-bottom: .75rem; }
        header p { color: var(--quiet); margin: .25rem 0 .5rem; }
        h1, h2 { line-height: 1.25; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
        h1 { font-size: 2rem; margin: 0; }
        h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; }
        p { margin: .75rem 0; max-width: 44rem; overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; margin: 1.25rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        caption, figcaption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
        th, td { padding: .38rem .7rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
        th { color: var(--quiet); font-weight: 600; border-bottom: 1.5px solid var(--quiet); }
        th:first-child, td:first-child { padding-left: .2rem; }
        .group { color: var(--ink); border-bottom: 1px solid var(--line); padding-top: .8rem; }
        .number { text-align: right; white-space: nowrap; }
        .best { background: var(--tint); color: var(--good); }
        figure { margin: 1.75rem 0; }
        .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.25rem; }
        .pictures figure { margin: 0; min-width: 0; break-inside: avoid; }
        .pictures img { max-width: 100%; height: auto; border: 1px solid var(--line); }
        .pictures figcaption, .pictures ul { overflow-wrap: anywhere; font-size: .85rem; }
        .pictures ul { list-style: none; margin: 0; padding: 0; color: var(--quiet); }
        .legend { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; list-style: none; margin: 0 0 .3rem; padding: 0; font-size: .88rem; color: var(--quiet); }
        .chart { display: block; width: 100%; height: auto; overflow: visible; }
        .chart text { fill: var(--quiet); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        .chart .label { fill: var(--ink); font-size: 12.5px; }
        .chart .line, .chart .spread, .chart .rule { stroke: currentColor; fill: none; stroke-linejoin: round; stroke-linecap: round; }
        .chart .mark { fill: currentColor; }
        .chart .axis { color: var(--quiet); }
        .chart .grid { color: var(--line); }
        pre {
          margin: .4rem 0; padding: .9rem 1rem; background: var(--code); border-left: 3px solid var(--line); overflow-x: auto;
          white-space: pre-wrap; overflow-wrap: anywhere; font: .86rem/1.55 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
        }
        mark { background: none; color: var(--quiet); font-weight: 600; }
        details { font-size: .9rem; color: var(--quiet); }
        summary { cursor: pointer; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); font-size: .88rem; }
        dl div { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: 1rem; padding: .15rem 0; }
        dt { color: var(--quiet); }
        dd { margin: 0; overflow-wrap: anywhere; }
        @media print {
          :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --line: #ccc; --tint: #eee; --good: #000; --code: #f6f6f6; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          figure, tr, dl div { break-inside: avoid; }
          h2 { break-after: avoid; }
          details { display: none; }
        }

        """;
}
