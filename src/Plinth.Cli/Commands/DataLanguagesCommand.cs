using System.CommandLine;
using System.Globalization;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Languages;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data languages</c>: tells languages, and trains and measures what tells them.</summary>
internal static class DataLanguagesCommand
{
    private static readonly CorpusOptions lines = new() { Unit = TextUnit.Line };

    public static Command Create() => new("languages", "Tell the language of texts, or train and measure a model that does.") { Detect(), Train(), Measure() };

    private static Command Detect()
    {
        var text = new Argument<string>("text") { Description = "The text." };
        var model = Model();
        var command = new Command("detect", "Print the language of a text and the confidence in it.\n\nExample:  plinth data languages detect \"Wo ist der Bahnhof?\"") { text, model };
        command.SetAction(parsed =>
        {
            var guess = Loaded(parsed.GetValue(model)).Identify(parsed.GetValue(text)!);
            Console.WriteLine(guess is null ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{guess.Language} {guess.Confidence:0.000}"));
            return guess is null ? ExitCodes.Negative : ExitCodes.Success;
        });
        return command;
    }

    private static Command Train()
    {
        var folder = new Argument<string>("folder") { Description = "A text file for each language, named as its code: en.txt, de.txt." };
        var output = new Argument<string>("output") { Description = "File for the model." };
        var names = new Option<string?>("--names") { Description = "A table of file names and codes, one pair a line with a tab between; only the files that it names are read." };
        var runs = new Option<int>("--runs") { Description = "Runs of letters that are kept of each language.", DefaultValueFactory = _ => LanguageTrainer.DefaultRuns };
        var command = new Command("train", "Train a model on texts of known languages.\n\nExample:  plinth data languages train texts languages.model") { folder, output, names, runs };
        command.SetAction(parsed =>
        {
            var trainer = new LanguageTrainer(parsed.GetValue(runs));
            foreach (var (path, language) in Files(parsed.GetValue(folder)!, parsed.GetValue(names)))
            {
                foreach (var document in CorpusFiles.Open(path))
                {
                    trainer.Add(language, document.Text);
                }
            }

            var model = trainer.Train();
            model.Save(parsed.GetValue(output)!);
            Console.WriteLine($"{model.Languages.Count} languages, {new FileInfo(parsed.GetValue(output)!).Length:N0} bytes in {parsed.GetValue(output)}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Measure()
    {
        var folder = new Argument<string>("folder") { Description = "A text file for each language, named as its code; each line is told by itself." };
        var names = new Option<string?>("--names") { Description = "A table of file names and codes, as for train." };
        var model = Model();
        var command = new Command("measure", "Print the share of lines whose language is told right.\n\nExample:  plinth data languages measure held-out") { folder, names, model };
        command.SetAction(parsed =>
        {
            var told = Loaded(parsed.GetValue(model));
            var (right, total) = (0L, 0L);
            foreach (var (path, language) in Files(parsed.GetValue(folder)!, parsed.GetValue(names)))
            {
                var guesses = CorpusFiles.Open(path, lines).Select(line => told.Identify(line.Text)?.Language ?? "unknown").ToList();
                var hits = guesses.Count(guess => guess == language);
                var mistakes = guesses.Where(guess => guess != language).CountBy(guess => guess).OrderByDescending(guess => guess.Value).Take(3).Select(guess => $"{guess.Key} {guess.Value}");
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{language,-5} {hits,7} of {guesses.Count,7}  {100.0 * hits / guesses.Count,6:0.0} %  {string.Join(", ", mistakes)}"));
                (right, total) = (right + hits, total + guesses.Count);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all   {right,7} of {total,7}  {100.0 * right / Math.Max(1, total),6:0.0} %"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<string?> Model() => new("--model") { Description = "File of a model; the built-in one when left out." };

    private static LanguageModel Loaded(string? path) => path is null ? LanguageModel.BuiltIn : LanguageModel.Load(path);

    private static IEnumerable<(string Path, string Language)> Files(string folder, string? names)
    {
        if (!Directory.Exists(folder))
        {
            throw new BadInputException($"There is no folder '{folder}'.");
        }

        return names is null
            ? Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal).Select(path => (path, Path.GetFileNameWithoutExtension(path)))
            : Csv.Rows(names, new() { Header = ["file", "language"] }).Select(row => (Path.Combine(folder, Path.GetFileName(row["file"])), row["language"]));
    }
}
