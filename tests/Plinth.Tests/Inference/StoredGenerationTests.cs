using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Recipes.Parity;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

/// <summary>Stored prompts must give the reference's sequences, id for id.</summary>
public sealed class StoredGenerationTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            using var scope = NewDisposeScope();
            var data = new TheoryData<string, string>();
            foreach (var folder in Directory.GetDirectories(Fixtures.Folder(".")).Where(folder => File.Exists(Path.Combine(folder, "meta.json"))).Order(StringComparer.Ordinal))
            {
                foreach (var tag in GenerationCase.TagsOf(new(folder, dump: null)))
                {
                    data.Add(Path.GetFileName(folder), tag);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sequences_are_the_reference_s(string name, string tag)
    {
        using var scope = NewDisposeScope();
        var parity = new ParityCase(Fixtures.Folder(name), dump: null);
        using var model = Checkpoint.Load(parity.Folder, ModelCatalog.Families).Model;

        GenerationCase.Compare(parity, model, tag);

        Assert.True(Assert.Single(parity.Checks).IsEqual);
    }

    [Fact]
    public void There_are_stored_generations() => Assert.Contains(Cases, row => row.Data == ("gpt2-lm", "gen_beam"));

    [Fact]
    public void No_stored_generation_lacks_its_result()
    {
        foreach (var folder in Directory.GetDirectories(Fixtures.Folder(".")).Where(folder => File.Exists(Path.Combine(folder, "meta.json"))))
        {
            using var scope = NewDisposeScope();
            var parity = new ParityCase(folder, dump: null);
            Assert.Equal(parity.Meta["generation"]?.AsObject().Count ?? 0, GenerationCase.TagsOf(parity).Count);
        }
    }
}
