using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Layers;
using Plinth.Layers.Norms;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models;

/// <summary>Weights that others trained say what their authors wrote down.</summary>
public sealed class RealWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Stories260K_tells_its_authors_story()
    {
        var place = Fixtures.Shared("weights/stories260K");
        RealWeights.FromLlama2C(Path.Combine(place, "stories260K.bin"), Path.Combine(place, "tok512.bin"), folder.Path("model"));
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        var story = new TextGenerationPipeline(model, TokenizerFiles.Load(folder.Path("model"))).Generate(
            "", new() { MaxNewTokens = 256 }, TestContext.Current.CancellationToken);

        // Its page shows the greedy story after the command that makes it.
        var page = File.ReadAllText(Path.Combine(place, "stories260K.md")).ReplaceLineEndings("\n");
        var pinned = page.Split("-t 0.0\n")[1].Split("\n```")[0];
        Assert.StartsWith("Once upon a time, there was a little girl named Lily.", pinned, StringComparison.Ordinal);
        Assert.Equal(pinned.TrimEnd(), story.TrimEnd());
    }

    [Fact]
    public void The_sorting_gpt_gives_every_stored_activation()
    {
        var place = Fixtures.Shared("weights/gpt_nano_sort");
        RealWeights.FromMinGpt(Path.Combine(place, "gpt-nano-sort-model.json"), folder.Path("model"));
        using var model = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        var stored = JsonNode.Parse(File.ReadAllText(Path.Combine(place, "gpt-nano-sort-t0-partials.json")))!.AsObject();
        Tensor Stored(string name) => RealWeights.Base64Tensor(stored[name]!);
        void Same(string name, Tensor computed) => Assert.True((Stored(name) - computed).abs().max().item<float>() < 1e-4f, name);

        using var noGrad = no_grad();
        var batch = new TextBatch { InputIds = Stored("idx").to(ScalarType.Int64) };
        List<Tensor> states = [];
        var features = model.Backbone.Run(batch, new() { HiddenStates = states });
        Same("x", states[0]);
        Same("block0", states[1]);
        Same("block1", states[2]);
        Same("ln_f", features.Hidden);
        var logits = model.Head!.Logits(features, model.Backbone);
        Same("lm_head", logits);
        Same("probs", logits.softmax(-1));

        // Inside the first block each part is given what is stored before it.
        var parts = model.named_modules().ToDictionary(entry => entry.name, entry => entry.module);
        Tensor Map(string part, string input) => ((Projection)parts["backbone.stack.blocks.layers.0." + part]).forward(Stored(input));
        Tensor Norm(string part, string input) => ((Norm)parts["backbone.stack.blocks.layers.0." + part]).forward(Stored(input));
        Same("ln1", Norm("attentionNorm", "x"));
        Same("qkv", Map("attention.fused", "ln1"));
        Same("yProj", Map("attention.output", "y"));
        Same("ln2", Norm("feedForwardNorm", "attnResid"));
        Same("fc", Map("feedForward.up", "ln2"));
        Same("mlp", Map("feedForward.down", "gelu"));
        Same("block0", Stored("attnResid") + Map("feedForward.down", "gelu"));
        states.ForEach(state => state.Dispose());
    }
}
