using System.Globalization;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>One line that moves where a person watches, and plain lines every few seconds where the output goes to a file or a build log.</summary>
internal sealed class LiveLine
{
    private const int BarSize = 20;

    /// <summary>Back to the line's start, and clear it.</summary>
    private const string ClearLine = "\r\u001b[2K";

    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TimeProvider clock;
    private readonly TimeSpan plainInterval;
    private readonly bool isLive;
    private long? shownAt;

    /// <param name="console">Where to show it.</param>
    /// <param name="plainInterval">Least time between plain lines; 10 seconds by default.</param>
    /// <param name="clock">Measures that time.</param>
    public LiveLine(IAnsiConsole console, TimeSpan? plainInterval = null, TimeProvider? clock = null)
    {
        this.console = console;
        this.clock = clock ?? TimeProvider.System;
        this.plainInterval = plainInterval ?? TimeSpan.FromSeconds(10);
        isLive = console.Profile.Capabilities is { Interactive: true, Ansi: true } && console.Profile.Out.IsTerminal;
    }

    /// <summary>Begins anew, so that the next state is shown at once.</summary>
    public void Restart() => shownAt = null;

    /// <summary>Shows a state, unless the last one is too recent.</summary>
    /// <param name="name">What is going on.</param>
    /// <param name="done">How much of it is done, 0 to 1.</param>
    /// <param name="facts">What else is to be said.</param>
    /// <param name="liveOnly">Said on the moving line alone.</param>
    public void Show(string name, double done, string facts, string liveOnly = "")
    {
        if (shownAt is { } before && clock.GetElapsedTime(before) < (isLive ? LiveInterval : plainInterval))
        {
            return;
        }

        shownAt = clock.GetTimestamp();
        if (isLive)
        {
            Move(name, done, facts + liveOnly);
        }
        else
        {
            Line($"{name} {facts}");
        }
    }

    /// <summary>A line that stays, in place of the moving one.</summary>
    public void Line(string text)
    {
        if (isLive)
        {
            console.Write(new ControlCode(ClearLine));
            console.WriteLine(text);
        }
        else
        {
            // Past the console's renderer, which would wrap what a log should keep on one line.
            console.Profile.Out.Writer.WriteLine(text);
            console.Profile.Out.Writer.Flush();
        }
    }

    /// <summary>A count with separators.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A large number in few letters.</summary>
    public static string Short(double value) => value switch
    {
        >= 1e9 => (value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + "M",
        >= 1e3 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>A time as hours, minutes and seconds.</summary>
    public static string Clock(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(time.TotalHours >= 1 ? $"{(long)time.TotalHours}:{time.Minutes:00}" : $"{time.Minutes}")}:{time.Seconds:00}");

    private void Move(string name, double done, string facts)
    {
        var filled = (int)Math.Round(Math.Clamp(done, 0, 1) * BarSize);
        // A line that wraps could not be cleared again.
        var room = Math.Max(0, console.Profile.Width - 1);
        var head = Cut(name + " ", room);
        var bar = Cut(new string('━', filled) + new string('─', BarSize - filled), room - head.Length);
        console.Write(new ControlCode(ClearLine));
        console.Write(new Text(head));
        console.Write(new Text(bar, new Style(Color.Teal)));
        console.Write(new Text(Cut("  " + facts, room - head.Length - bar.Length)));
    }

    private static string Cut(string text, int size) => text.Length <= size ? text : text[..Math.Max(0, size)];
}
