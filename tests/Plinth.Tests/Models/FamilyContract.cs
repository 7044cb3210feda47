using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Native;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models;

/// <summary>What every family on the shelf must keep. A new line in the catalog is tested by being there.</summary>
public sealed class FamilyContract
{
    private static readonly ModelShape Tiny = new(2, 32, 2, 101, 64) { Image = new(32, 8) };

    public static TheoryData<string, HeadKind> Heads
    {
        get
        {
            var data = new TheoryData<string, HeadKind>();
            foreach (var family in ModelCatalog.Families.Entries)
            {
                foreach (var kind in family.Architectures.Keys)
                {
                    data.Add(family.ModelType, kind);
                }
            }

            return data;
        }
    }

    public static TheoryData<string> Causal => [.. ModelCatalog.Families.Entries.Where(family => family.IsCausal).Select(family => family.ModelType)];

    [Theory]
    [MemberData(nameof(Heads))]
    public void Weight_names_meet_one_to_one(string type, HeadKind kind)
    {
        using var model = Build(type, kind);
        var ours = model.named_parameters().Select(p => p.name).ToList();
        var theirs = ours.Select(name => model.Keys.ToForeign(name).Name).ToList();
        Assert.Equal(ours.Count, theirs.Distinct().Count());
        foreach (var (name, foreign) in ours.Zip(theirs))
        {
            // Two heads of a family may name one place; ours must still come back as a part of the same half.
            Assert.Equal(name.Split('.')[0], model.Keys.ToOurs(foreign)?.Split('.')[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public void A_saved_checkpoint_loads_with_equal_numbers(string type, HeadKind kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = Build(type, kind);
        model.eval();
        Checkpoint.Save(model, folder.Path("model"));

        var loaded = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families);
        using var again = loaded.Model;
        Assert.Empty(loaded.Report.Fresh);
        Assert.Empty(loaded.Report.Unused);
        Assert.Equal(kind, again.HeadKind);
        Assert.Equal(0, Difference(Output(model, Inputs(model)), Output(again, Inputs(model))));
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public void The_order_of_a_batch_does_not_matter(string type, HeadKind kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type, kind);
        model.eval();
        var forward = Output(model, Inputs(model));
        var backward = Output(model, Inputs(model, isFlipped: true)).flip(0);
        Assert.True(Difference(forward, backward) < 1e-5);
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void A_cache_changes_no_number(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type, HeadKind.CausalLanguageModeling);
        model.eval();
        var ids = Ids();
        var whole = Output(model, Texts(ids));
        using var cache = new KeyValueCache();
        var pieces = new List<Tensor>();
        foreach (var (start, length) in ((long, long)[])[(0, 4), (4, 1), (5, 3), (8, 1)])
        {
            pieces.Add(model.Logits(new TextBatch { InputIds = ids.narrow(1, start, length) }, new() { Cache = cache }));
        }

        Assert.True(Difference(whole, cat(pieces, 1)) < 1e-5);
    }

    [Theory]
    [MemberData(nameof(Causal))]
    public void A_causal_model_does_not_see_what_comes_later(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type, HeadKind.CausalLanguageModeling);
        model.eval();
        var ids = Ids();
        var changed = ids.clone();
        changed.narrow(1, 5, 4).fill_(7);
        Assert.True(Difference(Output(model, Texts(ids)).narrow(1, 0, 5), Output(model, Texts(changed)).narrow(1, 0, 5)) < 1e-6);
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public void Several_lanes_compute_with_one_model(string type, HeadKind kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(type, kind);
        model.eval();
        var inputs = Inputs(model);
        var expected = Output(model, inputs);
        var differences = new double[24];
        TorchLanes.Run(differences.Length, piece =>
        {
            using var quiet = no_grad();
            using var passScope = NewDisposeScope();
            differences[piece] = Difference(expected, Output(model, inputs));
        }, TestContext.Current.CancellationToken);
        Assert.All(differences, difference => Assert.InRange(difference, 0, 1e-5));
    }

    private static Model Build(string type, HeadKind kind)
    {
        random.manual_seed(3);
        var family = ModelCatalog.Families[type];
        return new(family, family.Shape(Tiny), kind);
    }

    private static Batch Inputs(Model model, bool isFlipped = false)
    {
        var (ids, pixels) = (Ids(), Pixels());
        var images = new ImageBatch { PixelValues = isFlipped ? pixels.flip(0) : pixels };
        if (model.Family.Modality == Modality.Image)
        {
            return images;
        }

        // These texts have no tokens that stand for pictures.
        return Texts(isFlipped ? ids.flip(0) : ids, model.Family is { IsCausal: false } ? images : null);
    }

    private static Tensor Ids() => (arange(0, 27, ScalarType.Int64) * 17 % 97 + 2).view(3, 9);

    private static TextBatch Texts(Tensor ids, ImageBatch? images = null) => new() { InputIds = ids, DecoderInputIds = ids, Images = images };

    private static Tensor Pixels() => (arange(0, 3 * 3 * 32 * 32, ScalarType.Float32) * 0.7).sin().view(3, 3, 32, 32);

    // Of texts and pictures, only how each fits its own keeps the order of the batch.
    private static Tensor Output(Model model, Batch batch) => model.Head switch
    {
        null => model.Backbone.Run(batch).Hidden,
        IPairHead => model.Logits(batch).diagonal(),
        _ => model.Logits(batch),
    };

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
