using System.CommandLine;

namespace Plinth.Cli.Commands;

/// <summary>Arguments that several commands share.</summary>
internal static class CommonOptions
{
    public static Argument<string> Recipe() => new("recipe") { Description = "A recipe file (YAML)." };

    public static Argument<string[]> Overrides() => new("overrides")
    {
        Description = "Changes to the recipe, for example training.steps=100 data.path=my.txt",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Argument<string> RunFolder() => new("run") { Description = "Folder of the run." };

    public static Argument<string> Model(string description = "Folder of a checkpoint or an adapter.") => new("model") { Description = description };
}
