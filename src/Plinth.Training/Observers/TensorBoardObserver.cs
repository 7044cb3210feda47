using System.Globalization;
using Google.Protobuf;

namespace Plinth.Training.Observers;

/// <summary>
/// Writes a run's scalars as an event file that TensorBoard shows: <c>train/…</c> per report of steps, <c>eval/…</c> per evaluation.
/// Each continuation of a run gets a file of its own in the same folder, which tells TensorBoard to forget what came after its first step.
/// </summary>
public sealed class TensorBoardObserver : IRunObserver
{
    private const int FileVersionField = 3, SummaryField = 5, SessionField = 7;

    private const string NamePrefix = "events.out.tfevents.";

    private readonly string folder;
    private readonly TimeProvider clock;
    private string path = "";

    /// <param name="folder">The run's folder, made when it is missing.</param>
    /// <param name="clock">Where the events' times come from; the system's clock by default.</param>
    public TensorBoardObserver(string folder, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        this.folder = Path.GetFullPath(folder);
        this.clock = clock ?? TimeProvider.System;
    }

    /// <inheritdoc />
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Directory.CreateDirectory(folder);
        path = NewFile();
        Append(0, FileVersionField, ByteString.CopyFromUtf8("brain.Event:2"));
        if (start.FirstStep > 0)
        {
            // SessionLog.status = START: whatever is at this step or later is void.
            Append(start.FirstStep + 1, SessionField, ByteString.CopyFrom(Message(output =>
            {
                output.WriteTag(1, WireFormat.WireType.Varint);
                output.WriteEnum(1);
            })));
        }
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        AppendScalars(report.Step, [
            new("train/loss", report.Loss),
            new("train/learning_rate", report.LearningRate),
            new("train/gradient_norm", report.GradientNorm),
            new("train/tokens_per_second", report.TokensPerSecond),
            new("train/tokens_seen", report.TokensSeen),
            new("train/resident_bytes", report.ResidentBytes),
            .. Optional("train/utilization", report.Utilization),
            .. Optional("train/managed_bytes_per_step", report.ManagedBytesPerStep),
            .. Optional("train/data_wait_share", report.DataWaitShare),
            .. (report.BlockGradientNorms ?? new Dictionary<string, double>()).Select(block => KeyValuePair.Create($"gradient_norm/{block.Key}", block.Value)),
            .. (report.Terms ?? new Dictionary<string, double>()).Select(term => KeyValuePair.Create($"train/{term.Key}_loss", term.Value)),
            .. (report.Sources ?? new Dictionary<string, SourceLoss>()).Select(source => KeyValuePair.Create($"train/loss/{source.Key}", source.Value.Loss)),
        ]);
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        AppendScalars(report.Step, report.Scores.Select(score => KeyValuePair.Create("eval/" + score.Key, score.Value)));
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
        // Every record is whole on its own: there is nothing to close.
    }

    private static IEnumerable<KeyValuePair<string, double>> Optional(string tag, double? value) => value is { } known ? [new(tag, known)] : [];

    /// <summary>A name that is free; TensorBoard wants "tfevents" in it and reads a run's files in the order of their names.</summary>
    private string NewFile()
    {
        // A clock may have been set back since the last session; its file must still come first.
        var before = Directory.EnumerateFiles(folder, NamePrefix + "*").Select(SecondsOf).DefaultIfEmpty(-1).Max();
        var seconds = Math.Max(clock.GetUtcNow().ToUnixTimeSeconds(), before + 1).ToString("D10", CultureInfo.InvariantCulture);
        for (var number = 0; ; number++)
        {
            var candidate = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{seconds}.plinth.{Environment.ProcessId}.{number}"));
            if (!File.Exists(candidate))
            {
                return candidate;
            }
        }
    }

    private static long SecondsOf(string path) =>
        long.TryParse(Path.GetFileName(path)[NamePrefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < uint.MaxValue ? seconds : -1;

    private void AppendScalars(long step, IEnumerable<KeyValuePair<string, double>> scalars) =>
        Append(step, SummaryField, ByteString.CopyFrom(Message(summary =>
        {
            foreach (var (tag, value) in scalars)
            {
                summary.WriteTag(1, WireFormat.WireType.LengthDelimited);
                summary.WriteBytes(ByteString.CopyFrom(Message(output =>
                {
                    output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    output.WriteString(tag);
                    output.WriteTag(2, WireFormat.WireType.Fixed32);
                    output.WriteFloat((float)value);
                })));
            }
        })));

    /// <summary>Event of tensorflow/core/util/event.proto: wall_time 1, step 2, and one of its payloads.</summary>
    private void Append(long step, int field, ByteString payload)
    {
        var record = Message(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Fixed64);
            output.WriteDouble((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(payload);
        });
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(EventRecord.Frame(record));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            write(output);
        }

        return memory.ToArray();
    }
}
