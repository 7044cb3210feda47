using Plinth.Core;
using Plinth.Recipes.Binding;
using Xunit;

namespace Plinth.Tests.Recipes.Binding;

public sealed class RecipeWriterTests
{
    private static readonly string[] Pieces =
        ["a", "B", "0", "1e5", " ", "\n", "\t", "\r", ":", "#", "- ", "'", "\"", "\\", "é", "漢", "😀", "\u0085", "\u2028", "\uFEFF", "\0", "\u001b", "{", "]", "&", "*", "!", "%", "null", "true", "~", "---", "...", ",", "=", "<<"];

    [Fact]
    public void What_is_written_reads_back_equal()
    {
        var random = new Random(11);
        for (var i = 0; i < 500; i++)
        {
            var made = Make(random);
            var text = RecipeWriter.Write(made);
            var read = RecipeReader.ReadText<SampleRecipe>(text, "written");
            Assert.Equal(text, RecipeWriter.Write(read));
            // Lists made by hand compare by identity; those that were read compare by value.
            Assert.Equal(read, RecipeReader.ReadText<SampleRecipe>(text, "written"));
            Assert.Equal(
                (made.Name, made.Seed, made.Resume, made.Note, made.Limit, made.Split, made.BatchSize, made.Objective),
                (read.Name, read.Seed, read.Resume, read.Note, read.Limit, read.Split, read.BatchSize, read.Objective));
            Assert.Equal(made.Data, read.Data);
            Assert.Equal(made.Grid, read.Grid);
            Assert.Equal(made.Names, read.Names);
            Assert.Equal(made.Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal), read.Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal));
            Assert.Equal(made.Trainer with { Betas = read.Trainer.Betas }, read.Trainer);
            Assert.Equal(made.Trainer.Betas, read.Trainer.Betas);
            Assert.Equal(made.Trainers.Keys.Order(StringComparer.Ordinal), read.Trainers.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Every_default_is_spelled_out() => Assert.Equal(
        """
        steps: 100
        learning_rate: 0.001
        schedule: constant
        time_limit: null
        betas: [0.9, 0.999]

        """, RecipeWriter.Write(new SampleTrainer()));

    [Fact]
    public void What_no_file_can_hold_is_refused()
    {
        Assert.Throws<RecipeException>(() => RecipeWriter.Write(new SampleTrainer { LearningRate = double.NaN }));
        Assert.Throws<RecipeException>(() => RecipeWriter.Write(new SampleTrainer { Schedule = (SampleSchedule)9 }));
        Assert.Throws<RecipeException>(() => RecipeWriter.Write(new SampleRecipe { Name = "\uD800" }));
    }

    private static SampleRecipe Make(Random random) => new()
    {
        Name = Text(random),
        Seed = random.NextInt64(long.MinValue, long.MaxValue),
        Resume = random.Next(2) == 0,
        Note = random.Next(3) == 0 ? null : Text(random),
        Limit = random.Next(3) == 0 ? null : random.Next(int.MinValue, int.MaxValue),
        Split = random.Next(3) == 0 ? null : new(Text(random), Number(random)),
        BatchSize = random.Next(1, 9),
        Trainer = Trainer(random),
        Objective = random.Next(3) == 0 ? null : Component.Of(Text(random) + "x", new SampleSource { Path = Text(random), Weight = Number(random) }),
        Data = Many(random, () => new SampleSource { Path = Text(random), Weight = Number(random) }),
        Grid = Many(random, () => (IReadOnlyList<int>)Many(random, () => random.Next())),
        Names = Many(random, () => random.Next(3) == 0 ? null : Text(random)),
        Weights = Many(random, () => Text(random)).Distinct().ToDictionary(key => key, _ => Number(random)),
        Trainers = Many(random, () => Text(random)).Distinct().ToDictionary(key => key, _ => Trainer(random)),
    };

    private static SampleTrainer Trainer(Random random) => new()
    {
        Steps = random.Next(),
        LearningRate = Number(random),
        Schedule = (SampleSchedule)random.Next(2),
        TimeLimit = random.Next(2) == 0 ? null : TimeSpan.FromTicks(random.NextInt64(long.MinValue, long.MaxValue)),
        Betas = Many(random, () => Number(random)),
    };

    private static T[] Many<T>(Random random, Func<T> make) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => make())];

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static double Number(Random random) => random.Next(8) switch
    {
        0 => double.PositiveInfinity,
        1 => double.NegativeInfinity,
        2 => 0.0,
        3 => double.Epsilon,
        4 => double.MaxValue,
        5 => random.Next(),
        _ => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-300, 300)),
    };
}
