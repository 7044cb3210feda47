using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Models.Vision.Vit;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>Checkpoints that timm wrote: read under their own names, saved in the usual form.</summary>
public sealed class TimmFormTests
{
    private static readonly VitFamily family = new();

    [Fact]
    public void A_file_with_fused_maps_gives_the_same_numbers_and_is_saved_in_the_usual_form()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        var config = Config();
        random.manual_seed(7);
        var translated = (VitConfig)family.ReadConfig(family.ForeignForms[0].Translate(config, "config.json"), "config.json");
        using var model = new Model(family, translated, HeadKind.ImageClassification);
        model.eval();
        Write(folder.Path("timm"), config, Foreign(model));

        using var loaded = Checkpoint.Load(folder.Path("timm"), ModelCatalog.Families).Model;
        var batch = new ImageBatch { PixelValues = randn(2, 3, 32, 32) };
        Assert.Equal(HeadKind.ImageClassification, loaded.HeadKind);
        Assert.Equal(0, (model.Logits(batch) - loaded.Logits(batch)).abs().max().ToDouble());

        Checkpoint.Save(loaded, folder.Path("usual"));
        var json = Checkpoint.ReadJson(Path.Combine(folder.Path("usual"), Checkpoint.ConfigFile));
        Assert.Equal("vit", (string?)json["model_type"]);
        Assert.NotNull(json["pretrained_cfg"]);
        using var again = Checkpoint.Load(folder.Path("usual"), ModelCatalog.Families).Model;
        Assert.Equal(0, (model.Logits(batch) - again.Logits(batch)).abs().max().ToDouble());
    }

    [Theory]
    [InlineData("architecture", "\"vit_base_patch16_siglip_224\"")]
    [InlineData("architecture", "\"vit_medium_patch16_224\"")]
    [InlineData("num_features", "384")]
    [InlineData("global_pool", "\"avg\"")]
    [InlineData("model_args", "{\"class_token\": false}")]
    public void What_would_change_the_mathematics_is_refused_by_name(string field, string value)
    {
        using var folder = new TemporaryFolder();
        var config = Config();
        config[field] = JsonNode.Parse(value);
        Directory.CreateDirectory(folder.Path("timm"));
        File.WriteAllText(Path.Combine(folder.Path("timm"), Checkpoint.ConfigFile), config.ToJsonString());
        Assert.Contains(field, Assert.Throws<CheckpointException>(() => Checkpoint.ReadConfig(folder.Path("timm"), ModelCatalog.Families)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_weights_give_the_same_finite_logits_however_they_are_batched_and_saved()
    {
        var weights = Fixtures.Shared("weights/vit_tiny_patch16_224/model.safetensors");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path("timm"));
        File.Copy(weights, Path.Combine(folder.Path("timm"), "model.safetensors"));
        var config = Config();
        config["pretrained_cfg"]!["input_size"] = new JsonArray(3, 224, 224);
        File.WriteAllText(Path.Combine(folder.Path("timm"), Checkpoint.ConfigFile), config.ToJsonString());

        using var model = Checkpoint.Load(folder.Path("timm"), ModelCatalog.Families).Model;
        Assert.Equal(5_717_416, model.parameters().Sum(p => p.numel()));
        // A horizon: dark below, bright above, in the range of -1 to 1 that the model was trained with.
        var pixels = linspace(0.8, -0.8, 224).view(1, 1, 224, 1).expand(2, 3, 224, 224).contiguous();
        pixels[1].neg_();
        var logits = model.Logits(new ImageBatch { PixelValues = pixels });
        Assert.Equal([2L, 1000L], logits.shape);
        Assert.True(logits.isfinite().all().ToBoolean());
        // Trained logits are far from those of fresh weights: sure of something, and of another thing when the picture changes.
        Assert.InRange(logits.std().ToDouble(), 0.5, 5);
        Assert.True((logits[0] - logits[1]).abs().max().ToDouble() > 1);
        var alone = model.Logits(new ImageBatch { PixelValues = pixels.narrow(0, 1, 1) });
        Assert.True((logits[1] - alone[0]).abs().max().ToDouble() < 1e-4);

        Checkpoint.Save(model, folder.Path("usual"));
        using var again = Checkpoint.Load(folder.Path("usual"), ModelCatalog.Families).Model;
        Assert.Equal(0, (logits - again.Logits(new ImageBatch { PixelValues = pixels })).abs().max().ToDouble());
    }

    [Theory]
    [InlineData("cat.bmp", "Egyptian cat")]
    [InlineData("bird.bmp", "chickadee")]
    [InlineData("parrot.jpg", "macaw")]
    [InlineData("grace_hopper.bmp", "military uniform")]
    public void Real_weights_name_what_real_pictures_show(string picture, string label)
    {
        var weights = Fixtures.Shared("weights/vit_tiny_patch16_224/model.safetensors");
        var names = File.ReadAllLines(Fixtures.Shared("weights/vit_tiny_patch16_224/imagenet_labels_1000.txt"));
        var path = Fixtures.Shared($"weights/vit_tiny_patch16_224/pictures/{picture}");
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path("timm"));
        File.Copy(weights, Path.Combine(folder.Path("timm"), "model.safetensors"));
        var config = Config();
        config["pretrained_cfg"]!["input_size"] = new JsonArray(3, 224, 224);
        config["label_names"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        File.WriteAllText(Path.Combine(folder.Path("timm"), Checkpoint.ConfigFile), config.ToJsonString());
        new Plinth.Data.Vision.ImageProcessor(new()
        {
            ImageProcessorType = "ViTImageProcessorFast", Size = new Plinth.Data.Vision.ShortestEdge(248), DoCenterCrop = true, CropSize = new(224, 224),
            Resample = Plinth.Data.Vision.ResampleFilter.Bicubic, ImageMean = Plinth.Data.Vision.ChannelValues.All(0.5), ImageStd = Plinth.Data.Vision.ChannelValues.All(0.5),
        }).Save(folder.Path("timm"));
        using var pipeline = Plinth.Recipes.Pipelines.TaskPipeline.Load("image_classification", folder.Path("timm"));
        var answer = (LabelScores)pipeline.Answer(new ImageSample(new Plinth.Data.Vision.FileImage(path)), TestContext.Current.CancellationToken);
        Assert.Equal(label, answer.Labels[0].Label.Split(',')[0]);
    }

    private static JsonObject Config() => new()
    {
        ["architecture"] = "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
        ["num_classes"] = 1000,
        ["num_features"] = 192,
        ["global_pool"] = "token",
        ["pretrained_cfg"] = new JsonObject { ["input_size"] = new JsonArray(3, 32, 32), ["mean"] = new JsonArray(0.5, 0.5, 0.5), ["num_classes"] = 1000 },
    };

    private static void Write(string folder, JsonObject config, List<KeyValuePair<string, Tensor>> weights)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Checkpoint.ConfigFile), config.ToJsonString());
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), weights);
    }

    // timm's names, with queries, keys and values in one matrix, written down apart from the table under test.
    private static List<KeyValuePair<string, Tensor>> Foreign(Model model)
    {
        var usual = Checkpoint.ForeignWeights(model).ToDictionary(p => p.Key, p => p.Value);
        List<KeyValuePair<string, Tensor>> result = [];
        void Add(string name, Tensor value) => result.Add(new(name, value));
        Add("cls_token", usual["vit.embeddings.cls_token"]);
        Add("pos_embed", usual["vit.embeddings.position_embeddings"]);
        foreach (var kind in (string[])["weight", "bias"])
        {
            Add("patch_embed.proj." + kind, usual["vit.embeddings.patch_embeddings.projection." + kind]);
            Add("norm." + kind, usual["vit.layernorm." + kind]);
            Add("head." + kind, usual["classifier." + kind]);
            for (var i = 0; i < 12; i++)
            {
                var (theirs, ours) = ($"blocks.{i}.", $"vit.encoder.layer.{i}.");
                Add(theirs + "norm1." + kind, usual[ours + "layernorm_before." + kind]);
                Add(theirs + "norm2." + kind, usual[ours + "layernorm_after." + kind]);
                Add(theirs + "attn.qkv." + kind, cat([.. ((string[])["query", "key", "value"]).Select(part => usual[$"{ours}attention.attention.{part}.{kind}"])]));
                Add(theirs + "attn.proj." + kind, usual[ours + "attention.output.dense." + kind]);
                Add(theirs + "mlp.fc1." + kind, usual[ours + "intermediate.dense." + kind]);
                Add(theirs + "mlp.fc2." + kind, usual[ours + "output.dense." + kind]);
            }
        }

        return result;
    }
}
