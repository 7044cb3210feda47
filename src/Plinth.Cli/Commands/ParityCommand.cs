using System.CommandLine;
using Plinth.Recipes.Parity;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth parity</c>: compares this machine's numbers with stored ones.</summary>
internal static class ParityCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("folder") { Description = "Folders of cases, or folders that hold such folders.", Arity = ArgumentArity.OneOrMore };
        var dump = new Option<string?>("--dump") { Description = "Write what was computed to this safetensors file." };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Print every comparison." };
        var certify = new Option<bool>("--certify") { Description = "First write a certificate into each of these checkpoints: this machine's numbers, to be checked on others." };
        var seed = new Option<int>("--seed") { Description = "Seed of the certificate's tokens.", DefaultValueFactory = _ => CertificateOptions.DefaultSeed };
        var command = new Command("parity",
            "Compare outputs, generation, training, tokenizers and numeric sets with the numbers of an independent implementation,\n" +
            "and checkpoints with the certificate that they carry.\n\n" +
            "One line per case: ok|FAIL name worst-difference tolerance. Exit code 1 when any case fails.\n\n" +
            "Example:  plinth parity tests/fixtures/gpt2-lm tests/fixtures/bert-base")
        {
            folders, dump, verbose, certify, seed,
        };
        command.SetAction((parsed, cancellation) =>
        {
            foreach (var folder in parsed.GetValue(certify) ? parsed.GetValue(folders)! : [])
            {
                cancellation.ThrowIfCancellationRequested();
                var path = Certificate.Write(folder, new() { Seed = parsed.GetValue(seed) });
                Console.WriteLine($"written {path}");
            }

            return Task.FromResult(Run(parsed.GetValue(folders)!, parsed.GetValue(dump), parsed.GetValue(verbose), cancellation));
        });
        return command;
    }

    private static int Run(string[] folders, string? dump, bool verbose, CancellationToken cancellation)
    {
        var failed = 0;
        foreach (var result in ParityRunner.Run(folders, dump, cancellation))
        {
            Console.WriteLine(result);
            if (verbose || result.Verdict == ParityVerdict.Different)
            {
                foreach (var check in result.Checks.Where(check => verbose || !check.IsEqual).Take(verbose ? int.MaxValue : 5))
                {
                    Console.WriteLine($"       {(check.IsEqual ? "ok  " : "FAIL")} {check.Name} {check.WorstDifference:0.0e+00} {check.Tolerance:0.0e+00}");
                }
            }

            failed += result.Verdict == ParityVerdict.Equal ? 0 : 1;
        }

        return failed == 0 ? ExitCodes.Success : ExitCodes.Negative;
    }
}
