using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

public sealed class VitMaeTests
{
    [Fact]
    public void The_encoder_goes_on_as_a_vit()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var folder = new TemporaryFolder();
        random.manual_seed(2);
        var family = ModelCatalog.Families["vit_mae"];
        using var pretrained = new Model(family, family.Shape(new(2, 32, 2, 0, 0) { Image = new(32, 8) }), HeadKind.MaskedImageModeling);
        Checkpoint.Save(pretrained, folder.Path("mae"));

        var options = new CheckpointOptions { Head = HeadKind.ImageClassification, Labels = ["cat", "dog", "bird"], AllowFreshHead = true };
        var loaded = Checkpoint.Load(folder.Path("mae"), ModelCatalog.Families, options);
        using var classifier = loaded.Model;
        Assert.Equal("vit", classifier.Family.ModelType);
        Assert.All(loaded.Report.Fresh, name => Assert.StartsWith("classifier.", name, StringComparison.Ordinal));
        Assert.All(loaded.Report.Unused, name => Assert.StartsWith("decoder.", name, StringComparison.Ordinal));
        var theirs = pretrained.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in classifier.named_parameters().Where(p => p.name.StartsWith("backbone.", StringComparison.Ordinal)))
        {
            Assert.Equal(0, (parameter - theirs[name]).abs().max().ToDouble());
        }

        // Saved it is a ViT like any other.
        Checkpoint.Save(classifier, folder.Path("vit"));
        using var again = Checkpoint.Load(folder.Path("vit"), ModelCatalog.Families).Model;
        var pixels = randn(2, 3, 32, 32);
        Assert.Equal([2L, 3], again.Logits(new ImageBatch { PixelValues = pixels }).shape);
        Assert.Equal("vit", Checkpoint.ReadConfig(folder.Path("mae"), ModelCatalog.Families, HeadKind.ImageClassification).Family.ModelType);
        Assert.Equal("vit_mae", Checkpoint.ReadConfig(folder.Path("mae"), ModelCatalog.Families).Family.ModelType);
    }

    [Fact]
    public void A_head_that_neither_has_is_refused()
    {
        using var folder = new TemporaryFolder();
        var family = ModelCatalog.Families["vit_mae"];
        using (var pretrained = new Model(family, family.Shape(new(1, 32, 2, 0, 0) { Image = new(16, 8) }), HeadKind.MaskedImageModeling))
        {
            Checkpoint.Save(pretrained, folder.Path("mae"));
        }

        var error = Assert.ThrowsAny<PlinthException>(() => Checkpoint.Load(folder.Path("mae"), ModelCatalog.Families, new() { Head = HeadKind.ObjectDetection }).Model.Dispose());
        Assert.Contains("vit_mae", error.Message, StringComparison.Ordinal);
    }
}
