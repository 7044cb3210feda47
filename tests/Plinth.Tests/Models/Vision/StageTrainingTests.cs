using Plinth.Core;
using Plinth.Models;
using Plinth.Tests.Core;
using Plinth.Tests.Training;
using Plinth.Training;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>Models of stages learn, and what batch norms gather goes on where an interrupted run stopped.</summary>
[Collection(AloneInProcess.Name)]
public sealed class StageTrainingTests
{
    private static readonly TrainerOptions options = new()
    {
        Steps = 20, Seed = 5, ReportEvery = 1, Optimizer = new AdamWOptions { LearningRate = 0.01 },
    };

    [Theory]
    [InlineData("resnet")]
    [InlineData("convnext")]
    [InlineData("swin")]
    public void Eight_pictures_are_learnt(string type)
    {
        using var objective = new Classes(type, 3);
        var result = new Trainer(options with { Steps = 60 }).Train(objective, new Pictures());
        Assert.True(result.LastLoss < 0.1, $"loss {result.LastLoss}");
        // What the norms gathered serves as well as what they saw.
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Assert.Equal(Pictures.Labels, objective.Model.Logits(new Pictures().At(0)).argmax(1).data<long>().ToArray());
    }

    [Fact]
    public void An_interrupted_run_ends_in_the_same_bits()
    {
        using var folder = new ScratchFolder();
        using var whole = new Classes("resnet", 3);
        new Trainer(options).Train(whole, new Pictures());

        using var first = new Classes("resnet", 3);
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver
        {
            OnStep = report =>
            {
                if (report.Step == 7)
                {
                    stop.Cancel();
                }
            },
        };
        Assert.Equal(7, new Trainer(options, [observer]).Run(first, new Pictures(), null, folder["run"], stop.Token).Step);
        using var second = new Classes("resnet", 99);
        new Trainer(options).Train(second, new Pictures(), null, folder["run"]);

        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
        var (expected, found) = (Gathered(whole), Gathered(second));
        Assert.Contains(expected, buffer => !buffer.is_floating_point() && buffer.ToInt64() == 20);
        Assert.Equal(expected.Select(buffer => buffer.bytes.ToArray()), found.Select(buffer => buffer.bytes.ToArray()));
    }

    private static List<Tensor> Gathered(Classes objective) => [.. objective.Model.named_buffers().Select(entry => entry.buffer)];

    private sealed class Pictures : IBatchSource
    {
        public static readonly long[] Labels = [0, 1, 1, 0, 1, 0, 0, 1];

        public long BatchesPerEpoch => 1;

        public Batch At(long index)
        {
            using var scope = NewDisposeScope();
            var pixels = (arange(0, 8 * 3 * 32 * 32, ScalarType.Float32) * 0.37).sin().view(8, 3, 32, 32);
            pixels = pixels + (arange(0, 8, ScalarType.Float32) * 1.7).cos().view(8, 1, 1, 1);
            return new ImageBatch { PixelValues = pixels.MoveToOuterDisposeScope(), Labels = tensor(Labels).MoveToOuterDisposeScope() };
        }
    }

    private sealed class Classes : Objective
    {
        private readonly Model model;

        public Classes(string type, int seed)
            : base(nameof(Classes))
        {
            manual_seed(seed);
            var family = ModelCatalog.Families[type];
            model = new(family, family.Shape(new(2, 32, 2, 0, 0) { Image = new(32, 4) }), HeadKind.ImageClassification);
            RegisterComponents();
        }

        public override Model Model => model;

        public override IReadOnlyList<LossTerm> Compute(Batch batch) =>
            [new("class", nn.functional.cross_entropy(model.Logits(batch), batch.Labels!, reduction: nn.Reduction.Sum))];
    }
}
