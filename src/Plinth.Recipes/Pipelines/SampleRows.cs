using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>The rows that a run over files answers, and the sample of each.</summary>
internal abstract class SampleRows : IDisposable
{
    /// <summary>How much has been read, 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>The columns, where the file says them before its first row; else null.</summary>
    public abstract IReadOnlyList<DataColumn>? Columns { get; }

    /// <summary>Reads the rows, once.</summary>
    public abstract IEnumerable<DataRow> Rows();

    /// <summary>What the row that was read last asks.</summary>
    /// <exception cref="BadInputException">The row lacks it.</exception>
    public abstract Sample Sample(DataRow row);

    /// <inheritdoc />
    public abstract void Dispose();

    /// <summary>Opens the input of a run.</summary>
    /// <exception cref="BadInputException">It is missing or malformed.</exception>
    public static SampleRows Open(FileRunOptions options, Modality modality, Action<string>? leaveOut)
    {
        var reading = new CorpusOptions { BadRow = leaveOut is null ? null : error => leaveOut(error.Message) };
        if (modality == Modality.Text)
        {
            return new TextRows(RowFiles.Open(options.Input, reading), options);
        }

        return RowFiles.IsRows(options.Input)
            ? new ImageTableRows(RowFiles.Open(options.Input, reading), options)
            : new ImageSetRows(ImageSets.Read(options.Input), options, leaveOut);
    }

    private sealed class TextRows(RowSource source, FileRunOptions options) : OfFile(source)
    {
        public override Sample Sample(DataRow row)
        {
            var sample = SampleFiles.Unlabeled(row, options.Columns);
            return sample with { Pair = sample.Pair ?? options.Pair, Choices = sample.Choices ?? options.Choices };
        }
    }

    private sealed class ImageTableRows(RowSource source, FileRunOptions options) : OfFile(source)
    {
        private readonly ImageRowReader reader = new(
            new() { Image = ImageColumns.PictureIn(options.Columns), Pair = options.Columns.Pair }, Path.GetDirectoryName(Path.GetFullPath(options.Input))!);

        public override Sample Sample(DataRow row) => PictureQuestions.Asked(reader.Read(row), options.Pair, options.Choices, options.PairPicture);
    }

    private abstract class OfFile(RowSource source) : SampleRows
    {
        public override double Progress => source.Progress;

        public override IReadOnlyList<DataColumn>? Columns => source.Columns;

        public override IEnumerable<DataRow> Rows() => source.Rows();

        public override void Dispose() => source.Dispose();
    }

    // A folder or an archive has no rows; each picture becomes one that holds its name.
    private sealed class ImageSetRows : SampleRows
    {
        private const string Image = "image";
        private readonly ImageSet set;
        private readonly FileRunOptions options;
        private ImageSample? current;
        private int given;

        public ImageSetRows(ImageSet set, FileRunOptions options, Action<string>? leaveOut)
        {
            (this.set, this.options) = (set, options);
            // Files that are no pictures are normal in a folder; they are told of only where bad rows are.
            foreach (var message in set.Skipped.Examples)
            {
                leaveOut?.Invoke(message);
            }
        }

        public override double Progress => (double)given / set.Samples.Count;

        public override IReadOnlyList<DataColumn>? Columns { get; } = [new(Image, ColumnKind.Text)];

        public override IEnumerable<DataRow> Rows()
        {
            foreach (var sample in set.Samples)
            {
                given++;
                current = sample;
                yield return new(new() { [Image] = ImageSets.NameOf(sample.Image, options.Input) }, sample.Image.Name);
            }
        }

        // Asked for before the next row is read.
        public override Sample Sample(DataRow row) => PictureQuestions.Asked(current!, options.Pair, options.Choices, options.PairPicture);

        public override void Dispose()
        {
        }
    }
}
