namespace Plinth.Cli;

/// <summary>What the process returns.</summary>
public static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The command ran and its answer is no: a parity case differs, the doctor found something wrong.</summary>
    public const int Negative = 1;

    /// <summary>The input cannot be used: an unknown option, a missing file, a malformed recipe.</summary>
    public const int BadInput = 2;

    /// <summary>A defect of Plinth itself.</summary>
    public const int Defect = 70;

    /// <summary>Interrupted; the same command goes on from where it stopped.</summary>
    public const int Interrupted = 130;

    /// <summary>The codes in words, for the help.</summary>
    public const string Help =
        "Exit codes: 0 success; 1 the answer is no (parity differs, doctor found a fault); 2 input cannot be used;\n" +
        "130 interrupted (the same command goes on); 70 a defect of plinth.";
}
