using System.CommandLine;
using System.Globalization;
using Plinth.Cli.Display;
using Plinth.Data.Text;
using Plinth.Recipes;
using Plinth.Recipes.Reports;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth tokenizer report</c>: how well a vocabulary suits texts.</summary>
internal static class TokenizerReportCommand
{
    private const int Shown = 20;

    public static Command Create()
    {
        var path = new Argument<string>("tokenizer") { Description = "Folder or file of a tokenizer." };
        var data = new Argument<string[]>("data") { Description = "Texts, each a file or folder, for example one a language.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("report",
            "Show how many tokens each of several texts needs, which entries none of them uses, and the longest ones.\n\n" +
            "Example:  plinth tokenizer report runs/tokenizer english.txt german.txt japanese.txt")
        {
            path, data,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(path)!, parsed.GetValue(data)!, cancellation)));
        return command;
    }

    private static int Run(string path, string[] data, CancellationToken cancellation)
    {
        var tokenizer = TokenizerFiles.Load(path);
        var use = new VocabularyUse(tokenizer);
        var texts = data.Select(text => use.Add(text, CorpusSplit.Read(new() { Path = text, ValidationShare = 0 }).Sources[0].Training, cancellation)).ToList();
        var console = OutputConsole.Create();
        TableView.Write(console, new ReportTable("Texts", ["text", "documents", "bytes", "tokens", "tokens per byte", "coverage", "through bytes", "entries used"], [.. texts.Select(Row)]));
        TableView.Write(console, new ReportTable("Longest entries", ["entry", "occurs"], [.. use.Longest(Shown).Select(entry => (IReadOnlyList<ReportCell>)[entry.Token, Number(entry.Count)])]));
        var unused = use.Unused;
        Console.WriteLine($"{unused.Count.ToString("N0", CultureInfo.InvariantCulture)} of {tokenizer.VocabularySize.ToString("N0", CultureInfo.InvariantCulture)} entries are in none of the texts{(unused.Count == 0 ? "." : ", among them:")}");
        if (unused.Count > 0)
        {
            Console.WriteLine(PlainText.Clean(string.Join("  ", unused.Take(Shown))));
        }

        return ExitCodes.Success;
    }

    private static IReadOnlyList<ReportCell> Row(TextUse text) =>
        [text.Name, Number(text.Documents), Number(text.Bytes), Number(text.Tokens), text.TokensPerByte.ToString("0.0000", CultureInfo.InvariantCulture), text.Coverage.ToString("0.00 %", CultureInfo.InvariantCulture), text.ByteShare.ToString("0.00 %", CultureInfo.InvariantCulture), Number(text.Used)];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
