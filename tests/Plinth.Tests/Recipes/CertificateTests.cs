using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Recipes.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>Certificates: made from a checkpoint, they pass there and find the block that was changed.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, HeadKind> Heads
    {
        get
        {
            var data = new TheoryData<string, HeadKind>();
            foreach (var family in ModelCatalog.Families.Entries.Where(family => family.Modality == Modality.Text))
            {
                foreach (var kind in family.Architectures.Keys)
                {
                    data.Add(family.ModelType, kind);
                }
            }

            return data;
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_model_that_sees_is_refused_by_name() =>
        Assert.Contains("'vit' sees pictures", Assert.Throws<PlinthException>(() => Certificate.Write(Make("vit", HeadKind.Pooled))).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Heads))]
    public void A_certificate_passes_where_it_was_made(string type, HeadKind kind)
    {
        var path = Make(type, kind);
        Certificate.Write(path);
        var result = Assert.Single(ParityRunner.Run([path], cancellation: TestContext.Current.CancellationToken));
        Assert.True(result.Verdict == ParityVerdict.Equal, result.ToString());
        Assert.Equal("model/certificate", result.Name);
        var reads = ModelCatalog.Families[type].Architectures.ContainsKey(HeadKind.SequenceToSequence);
        Assert.Contains(result.Checks, check => check.Name == (reads ? "decoder_hidden_states.3" : "hidden_states.3"));
        Assert.Equal(reads, result.Checks.Any(check => check.Name == "encoder_hidden_states.3"));
        if (kind is HeadKind.CausalLanguageModeling or HeadKind.MaskedLanguageModeling or HeadKind.SequenceToSequence)
        {
            Assert.Contains(result.Checks, check => check.Name == "loss");
            Assert.Contains(result.Checks, check => check.Name.StartsWith("train_expected/grad_norm.", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("gpt2", HeadKind.CausalLanguageModeling)]
    [InlineData("llama", HeadKind.CausalLanguageModeling)]
    [InlineData("bert", HeadKind.MaskedLanguageModeling)]
    [InlineData("gpt3", HeadKind.CausalLanguageModeling)]
    [InlineData("t5", HeadKind.SequenceToSequence)]
    public void One_changed_weight_is_found_in_its_block(string type, HeadKind kind)
    {
        var path = Make(type, kind);
        Certificate.Write(path);
        Change(path, name => name.Contains("layers.1.", StringComparison.Ordinal) && name.EndsWith("attention.output.weight", StringComparison.Ordinal)
            && !name.StartsWith("backbone.decoder.", StringComparison.Ordinal));
        var result = Assert.Single(ParityRunner.Run([path], cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(ParityVerdict.Different, result.Verdict);
        Assert.Equal("drifts first in block 1" + (type == "t5" ? " of the encoder" : ""), result.Note);
    }

    [Fact]
    public void One_changed_token_vector_is_found_in_the_embedding()
    {
        var path = Make("gpt2", HeadKind.CausalLanguageModeling);
        Certificate.Write(path);
        Change(path, name => name == "backbone.stack.positions.weight");
        Assert.Equal("drifts first in the embedding", Assert.Single(ParityRunner.Run([path], cancellation: TestContext.Current.CancellationToken)).Note);
    }

    [Fact]
    public void A_second_certificate_replaces_the_first_and_saving_the_model_anew_removes_it()
    {
        var path = Make("gpt2", HeadKind.CausalLanguageModeling);
        Certificate.Write(path, new() { Seed = 1 });
        var first = File.ReadAllBytes(Path.Combine(path, "certificate", "expected.safetensors"));
        Certificate.Write(path, new() { Seed = 2 });
        Assert.NotEqual(first, File.ReadAllBytes(Path.Combine(path, "certificate", "expected.safetensors")));
        Certificate.Write(path, new() { Seed = 1 });
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(path, "certificate", "expected.safetensors")));
        Assert.DoesNotContain(Directory.GetDirectories(path), inside => Path.GetFileName(inside) != "certificate");

        using (var model = Checkpoint.Load(path, ModelCatalog.Families).Model)
        {
            Checkpoint.Save(model, path);
        }

        Assert.False(Directory.Exists(Path.Combine(path, "certificate")));
    }

    [Fact]
    public void A_folder_without_a_model_is_refused() =>
        Assert.Throws<CheckpointException>(() => Certificate.Write(folder.Path("nothing")));

    private string Make(string type, HeadKind kind)
    {
        random.manual_seed(5);
        var family = ModelCatalog.Families[type];
        using var model = new Model(family, family.Shape(new(3, 32, 2, 101, 64)), kind);
        var path = folder.Path("model");
        Checkpoint.Save(model, path);
        return path;
    }

    // The weights alone are written again; the certificate stays.
    private static void Change(string path, Func<string, bool> isMeant)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Checkpoint.Load(path, ModelCatalog.Families).Model;
        var weight = Assert.Single(model.named_parameters(), parameter => isMeant(parameter.name)).parameter;
        weight.view(-1).narrow(0, 3, 1).add_(0.5);
        WeightFiles.Save(path, Checkpoint.ForeignWeights(model));
    }
}
