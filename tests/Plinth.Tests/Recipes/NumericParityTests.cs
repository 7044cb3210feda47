using Plinth.Recipes.Parity;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>Every entry of the numeric sets by name: activations, losses with gradients, optimizers step by step, schedules, logits processors, pictures.</summary>
public sealed class NumericParityTests
{
    public static TheoryData<string> Sets => [.. NumericCase.Sets.Keys];

    public static TheoryData<string, string> Entries
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (name, set) in NumericCase.Sets)
            {
                foreach (var entry in set.Known)
                {
                    data.Add(name, entry);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void An_entry_equals_the_reference(string set, string entry)
    {
        using var scope = NewDisposeScope();
        var parity = Open(set);

        NumericCase.Sets[set].Compare(parity, entry);

        Assert.NotEmpty(parity.Checks);
        Assert.All(parity.Checks, check => Assert.InRange(check.WorstDifference, 0, Tolerance(set, check)));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_entry_of_the_reference_is_compared(string set)
    {
        using var scope = NewDisposeScope();
        var known = NumericCase.Sets[set];

        Assert.Equal(known.EntriesOf(Open(set)).Order(StringComparer.Ordinal), known.Known.Order(StringComparer.Ordinal));
    }

    // Gradients of losses, weights after a step and rates are known more exactly than a case's common tolerance says.
    private static double Tolerance(string set, ParityCheck check) => set switch
    {
        "num-optimizers" when !check.Name.EndsWith(".grad_norms", StringComparison.Ordinal) => 2e-6,
        "num-losses" when check.Name.EndsWith(".grad", StringComparison.Ordinal) => 1e-6,
        "num-lr-schedules" => 1e-6,
        _ => check.Tolerance,
    };

    private static ParityCase Open(string set) => new(Fixtures.Folder(set), dump: null);
}
