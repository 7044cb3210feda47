using Plinth.Recipes.Parity;

namespace Plinth.Tests.Recipes;

/// <summary>Every stored case of an independent implementation, at its own tolerance.</summary>
public sealed class ParityTests
{
    public static TheoryData<string> Cases =>
        [.. Directory.GetDirectories(Fixtures.Folder("."))
            .Where(folder => File.Exists(Path.Combine(folder, "expected.safetensors")) || File.Exists(Path.Combine(folder, "expected.json")))
            .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_is_met(string name)
    {
        var result = ParityRunner.RunOne(Fixtures.Folder(name));
        Assert.True(result.Verdict == ParityVerdict.Equal, result + "\n" + string.Join("\n", result.Checks.Where(check => !check.IsEqual)));
    }

    [Fact]
    public void Sentence_vectors_and_their_cosines_are_compared()
    {
        var result = ParityRunner.RunOne(Fixtures.Folder("sentence-transformers-mean"));
        Assert.Superset(new HashSet<string> { "last_hidden_state", "sentence_embedding", "cosine_similarity" }, result.Checks.Select(check => check.Name).ToHashSet());
    }
}
