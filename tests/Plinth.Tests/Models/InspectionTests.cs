using System.Diagnostics;
using Plinth.Core;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Models.Presets;
using TorchSharp;

namespace Plinth.Tests.Models;

/// <summary>Counts without memory, against models that are really built and against published numbers.</summary>
public sealed class InspectionTests
{
    public static TheoryData<string, HeadKind> Heads => FamilyContract.Heads;

    public static TheoryData<string> Presets => [.. PresetCatalog.All.Names];

    [Theory]
    [MemberData(nameof(Heads))]
    public void Shapes_alone_count_what_a_built_model_holds(string type, HeadKind kind)
    {
        using var scope = torch.NewDisposeScope();
        var family = ModelCatalog.Families[type];
        var config = family.Shape(new(3, 32, 2, 101, 64) { Image = new(32, 8) });
        using var model = new Model(family, config, kind);
        var counts = ModelInspection.Of(family, config, kind);
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), counts.ParameterCount);
        Assert.Equal(ModelInspection.Of(model).Parts, counts.Parts);
        Assert.All(model.parameters(), parameter => Assert.Equal(DeviceType.CPU, parameter.device_type));
        if (family.Modality.HasFlag(Modality.Text))
        {
            Assert.True(counts.Parts[ModelPart.Attention] > 0 && counts.Parts[ModelPart.FeedForward] > 0 && counts.Parts[ModelPart.Norms] > 0);
            Assert.Equal(101L * 32, Math.Min(101L * 32, counts.Parts[ModelPart.Embeddings]));
        }
    }

    // Of the papers and model cards, where they give every digit.
    [Theory]
    [InlineData("gpt1", 116_534_784)]
    [InlineData("gpt2", 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    [InlineData("bert-base-uncased", 109_482_240)]
    [InlineData("bert-large-uncased", 335_141_888)]
    [InlineData("bert-tiny", 4_385_920)]
    [InlineData("minilm-l6", 22_713_216)]
    [InlineData("roberta-base", 124_645_632)]
    [InlineData("bloom-560m", 559_214_592)]
    [InlineData("bloom-1b1", 1_065_314_304)]
    [InlineData("bloom-1b7", 1_722_408_960)]
    [InlineData("bloom-3b", 3_002_557_440)]
    [InlineData("bloom-7b1", 7_069_016_064)]
    [InlineData("bloom", 176_247_271_424)]
    [InlineData("llama-7b", 6_738_415_616)]
    [InlineData("llama2-13b", 13_015_864_320)]
    [InlineData("resnet-18", 11_689_512)]
    [InlineData("resnet-34", 21_797_672)]
    [InlineData("resnet-50", 25_557_032)]
    [InlineData("resnet-101", 44_549_160)]
    [InlineData("resnet-152", 60_192_808)]
    [InlineData("convnext-tiny", 28_589_128)]
    [InlineData("convnext-small", 50_223_688)]
    [InlineData("convnext-base", 88_591_464)]
    [InlineData("convnext-large", 197_767_336)]
    [InlineData("swin-tiny", 28_288_354)]
    [InlineData("swin-small", 49_606_258)]
    [InlineData("swin-base", 87_768_224)]
    [InlineData("t5-small", 60_506_624)]
    [InlineData("t5-base", 222_903_552)]
    [InlineData("t5-large", 737_668_096)]
    [InlineData("t5-v1.1-base", 247_577_856)]
    [InlineData("llama2-70b", 68_976_648_192)]
    [InlineData("llama3-8b", 8_030_261_248)]
    [InlineData("llama3-70b", 70_553_706_496)]
    [InlineData("llama3.2-1b", 1_235_814_400)]
    [InlineData("mistral-7b", 7_241_732_096)]
    [InlineData("vit-tiny-patch16-224", 5_717_416)]
    [InlineData("vit-tiny-patch32-224", 6_131_560)]
    [InlineData("vit-small-patch16-224", 22_050_664)]
    [InlineData("vit-small-patch32-224", 22_878_952)]
    [InlineData("vit-base-patch16-224", 86_567_656)]
    [InlineData("vit-base-patch32-224", 88_224_232)]
    [InlineData("vit-large-patch16-224", 304_326_632)]
    [InlineData("vit-large-patch32-224", 306_535_400)]
    [InlineData("dinov2-small", 22_056_576)]
    [InlineData("dinov2-base", 86_580_480)]
    [InlineData("dinov2-large", 304_368_640)]
    [InlineData("clip-vit-base-patch32", 151_277_313)]
    [InlineData("clip-vit-base-patch16", 149_620_737)]
    [InlineData("clip-vit-large-patch14", 427_616_513)]
    [InlineData("siglip-base-patch16-224", 203_155_970)]
    // By hand: four blocks of 165,376, patches 2,176, class token 128, positions 6,400, last norm 256, classifier 1,290.
    [InlineData("vit-mnist", 671_754)]
    public void A_preset_has_its_published_count(string name, long published)
    {
        var preset = PresetCatalog.All[name];
        Assert.Equal(published, ModelInspection.Of(preset.Family, preset.Config, preset.Head).ParameterCount);
    }

    [Theory]
    [InlineData("resnet-50")]
    [InlineData("convnext-tiny")]
    [InlineData("swin-tiny")]
    public void Stages_are_counted_by_what_they_are(string name)
    {
        var preset = PresetCatalog.All[name];
        var counts = ModelInspection.Of(preset.Family, preset.Config, preset.Head);
        var width = name == "resnet-50" ? 2048 : 768;
        Assert.Equal((1000 * (width + 1)) + (name == "convnext-tiny" ? 2 * width : 0), counts.Parts[ModelPart.Head]);
        // The first map's weights, and 4 × 4 pixels of three colours to 96 channels.
        Assert.Equal(name == "resnet-50" ? 64 * 3 * 49 : 96 * ((3 * 16) + 1), counts.Parts[ModelPart.Embeddings]);
        Assert.True(counts.Parts[ModelPart.Norms] > 0 && counts.Parts[ModelPart.Convolution] > 0);
        Assert.Equal(name == "swin-tiny", counts.Parts[ModelPart.Attention] > 0);
    }

    // GPT-3's count by hand, with the table tied: 12 h² + 13 h a block, tables of tokens and positions, the last norm.
    [Fact]
    public void The_largest_are_counted_quickly_and_exactly()
    {
        var watch = Stopwatch.StartNew();
        var preset = PresetCatalog.All["gpt3-175b"];
        var counts = ModelInspection.Of(preset.Family, preset.Config, preset.Head);
        const long Width = 12_288;
        Assert.Equal((96 * ((12 * Width * Width) + (13 * Width))) + ((50_257 + 2_048) * Width) + (2 * Width), counts.ParameterCount);
        Assert.InRange(counts.ParameterCount / 175e9, 0.997, 1.003);
        Assert.Equal(48, counts.WindowedBlockCount);
        // Keys and values of 96 blocks in 16 bits: 4.5 MiB a token.
        Assert.Equal(2L * 2 * 96 * Width, MemoryEstimate.All(counts).Single(memory => memory.Type == "bfloat16").CachePerToken);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_is_a_config_that_reads_back_and_counts_near_what_is_stated(string name)
    {
        var preset = PresetCatalog.All[name];
        var again = preset.Family.ReadConfig(preset.Config.ToJson(), name);
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(preset.Config.ToJson(), again.ToJson()), again.ToJsonText());
        var counts = ModelInspection.Of(preset.Family, preset.Config, preset.Head);
        // The paper's own cells contradict its count here; its note says so.
        if (name == "gpt3-xl" || preset.Stated.Length == 0)
        {
            return;
        }

        var stated = double.Parse(preset.Stated[..^1], System.Globalization.CultureInfo.InvariantCulture) * (preset.Stated[^1] == 'B' ? 1e9 : 1e6);
        Assert.InRange(counts.ParameterCount / stated, 0.95, 1.08);
    }

    [Fact]
    public void Activations_are_near_the_formula_of_the_literature()
    {
        var preset = PresetCatalog.All["gpt2-xl"];
        var counts = ModelInspection.Of(preset.Family, preset.Config, preset.Head);
        // Korthikanti et al. 2022, section 4.1, without the scores: 34 bytes per token, block and width in 16 bits.
        Assert.InRange(counts.ActivationElements * 2 / (34.0 * 48 * 1600), 0.9, 1.1);
    }
}
