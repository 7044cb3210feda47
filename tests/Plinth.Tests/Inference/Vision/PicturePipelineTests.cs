using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Models;
using Plinth.Tasks.Metrics;

namespace Plinth.Tests.Inference.Vision;

/// <summary>What pipelines that see promise.</summary>
public sealed class PicturePipelineTests
{
    private static readonly Tokenizer tokenizer = WordPieceTrainer.Train(["the red house", "a small cat"], new() { VocabularySize = 100, MinimumFrequency = 1 });
    private static readonly ImageSource[] pictures = [TinyPictures.Of(0).Image, TinyPictures.Of(1).Image];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Many_pictures_of_several_sizes_are_answered_as_each_alone()
    {
        TorchSharp.torch.random.manual_seed(7);
        var family = ModelCatalog.Families["dinov2"];
        using var model = new Model(family, family.Shape(new(2, 32, 2, 1, 1) { Image = new(16, 8) }), HeadKind.None);
        var processor = new ImageProcessor(new() { ImageProcessorType = "BitImageProcessor", DoResize = false, ImageMean = ChannelValues.All(0.5), ImageStd = ChannelValues.All(0.5) });
        var pipeline = new ImageEmbeddingPipeline(model, processor);
        // Enough of them for lanes, and of each size some.
        ImageSource[] many = [.. Enumerable.Range(0, 2_400).Select(number => ImageSource.Of(Noise(number, 16, number % 3 == 0 ? 24 : 16)))];
        var together = pipeline.Embed(many, Token);
        Assert.Equal(many.Length, together.Count);
        Assert.All(Enumerable.Range(0, many.Length).Where(number => number % 97 < 3), number =>
            Assert.All(pipeline.Embed([many[number]], Token)[0].Zip(together[number]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f)));
        Assert.Empty(pipeline.Embed([], Token));
    }

    [Fact]
    public void A_bad_picture_among_many_is_told_of_by_itself()
    {
        using var model = SeeingModels.For(HeadKind.Contrastive, tokenizer);
        var pipeline = new ImageEmbeddingPipeline(model, TinyPictures.Processor);
        var error = Assert.Throws<BadImageException>(() => pipeline.Embed([.. pictures, new Broken(), pictures[0]], Token));
        Assert.Equal("Torn.", error.Message);
    }

    [Fact]
    public void Values_in_a_tensor_are_those_of_the_batch()
    {
        RgbImage[] images = [Noise(1, 6, 5), Noise(2, 6, 5)];
        using var scope = TorchSharp.torch.NewDisposeScope();
        var processor = TinyPictures.Processor;
        Assert.Equal(processor.Process(images).Values, processor.Pixels([.. images.Select(processor.Fit)]).data<float>().ToArray());
        var padding = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", DoResize = false, DoPad = true });
        RgbImage[] unequal = [Noise(1, 6, 5), Noise(2, 4, 7)];
        Assert.Equal(padding.Process(unequal).Values, padding.Pixels(unequal).data<float>().ToArray());
    }

    [Fact]
    public void Templates_are_averaged_as_vectors_and_labels_share_one()
    {
        using var model = SeeingModels.For(HeadKind.Contrastive, tokenizer);
        var pipeline = new PictureTextPipeline(model, tokenizer, TinyPictures.Processor);
        var both = pipeline.EmbedLabels(["cat"], ["a {}", "the red {}"], Token)[0];
        var (first, second) = (pipeline.EmbedTexts(["a cat"], Token)[0], pipeline.EmbedTexts(["the red cat"], Token)[0]);
        float[] sum = [.. first.Zip(second, (a, b) => a + b)];
        var length = Math.Sqrt(sum.Sum(value => (double)value * value));
        Assert.All(sum.Zip(both), pair => Assert.Equal(pair.First / length, pair.Second, 1e-5));
        var scores = pipeline.Judge(pipeline.EmbedImages(pictures, Token), pipeline.EmbedLabels(["cat", "house"], ["a {}"], Token));
        Assert.All(scores, row => Assert.Equal(1, row.Sum(), 1e-5));
        Assert.True(pipeline.IsExclusive);
        Assert.Throws<BadInputException>(() => pipeline.EmbedLabels([], ["a {}"], Token));
        Assert.Throws<BadInputException>(() => pipeline.EmbedLabels(["cat"], ["a cat"], Token));
    }

    [Fact]
    public void A_model_that_judges_pairs_alone_does_so_with_its_shift()
    {
        using var model = SeeingModels.Siglip(tokenizer);
        var pipeline = new PictureTextPipeline(model, tokenizer, TinyPictures.Processor);
        var (images, texts) = (pipeline.EmbedImages(pictures, Token), pipeline.EmbedTexts(["a small cat", "the"], Token));
        var scores = pipeline.Judge(images, texts);
        var cosine = images[0].Zip(texts[0], (a, b) => (double)a * b).Sum();
        // Fresh: a factor of 10 and a shift of -10.
        Assert.Equal(1 / (1 + Math.Exp(10 - (10 * cosine))), scores[0][0], 1e-5);
        Assert.False(pipeline.IsExclusive);
        Assert.All(texts[1].Zip(pipeline.EmbedTexts(["the"], Token)[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Boxes_grow_with_the_picture_and_repeated_ones_go_when_asked()
    {
        using var model = SeeingModels.For(HeadKind.ObjectDetection, tokenizer, ["a", "b"]);
        var pipeline = new DetectionPipeline(model, TinyPictures.Processor);
        var flat = new RgbImage(10, 30, new RgbColor(9, 9, 9));
        var high = new RgbImage(40, 30, new RgbColor(9, 9, 9));
        var all = new DetectionOptions { Threshold = 0 };
        var found = pipeline.Detect([ImageSource.Of(flat), ImageSource.Of(high), pictures[0]], all, Token);
        Assert.Equal(5, found[0].Count);
        Assert.All(found[0].Zip(found[1]), pair =>
        {
            Assert.Equal(pair.First.Top * 4, pair.Second.Top, 1e-2);
            Assert.Equal(pair.First.Height * 4, pair.Second.Height, 1e-2);
            Assert.Equal(pair.First.Left, pair.Second.Left, 1e-2);
        });
        var alone = pipeline.Detect([ImageSource.Of(flat)], all, Token)[0];
        var apart = pipeline.Detect([ImageSource.Of(flat)], all with { MaximumOverlap = 0 }, Token)[0];
        Assert.Equal(alone, pipeline.Detect([ImageSource.Of(flat)], all with { MaximumOverlap = 1 }, Token)[0]);
        Assert.True(apart.Count < alone.Count);
        Assert.All(alone.DistinctBy(box => box.Label), best => Assert.Contains(best, apart));
        Assert.All(apart.SelectMany(a => apart.Where(b => b != a && b.Label == a.Label).Select(b => BoxOverlap.Shared(a.Edges, b.Edges))), shared => Assert.Equal(0, shared));
        Assert.Empty(pipeline.Detect([ImageSource.Of(flat)], new() { Threshold = 1 }, Token)[0]);
        Assert.Throws<PlinthException>(() => pipeline.Detect([], new() { Threshold = 2 }, Token));
    }

    [Fact]
    public void Questions_of_a_batch_are_answered_as_alone_and_may_not_bring_a_second_picture()
    {
        using var model = SeeingModels.For(HeadKind.CausalLanguageModeling, tokenizer);
        var pipeline = new ImageToTextPipeline(model, tokenizer, TinyPictures.Processor, "<image> {}");
        var options = new Plinth.Inference.Sampling.GenerationOptions { MaxNewTokens = 6, EosTokenIds = [] };
        (ImageSource, string)[] asked = [(pictures[0], "the red house"), (pictures[1], "cat")];
        var together = pipeline.Write(asked, options, Token);
        Assert.Equal(asked.Select(item => pipeline.Write([item], options, Token)[0]), together);
        Assert.All(together, text => Assert.NotEqual("", text));
        Assert.Throws<BadInputException>(() => pipeline.Write([(pictures[0], "<image>")], options, Token));
        Assert.Throws<PlinthException>(() => new ImageToTextPipeline(model, tokenizer, TinyPictures.Processor, "no picture {}"));
    }

    [Fact]
    public void An_answer_follows_its_question_and_ends()
    {
        var words = new WordTokenizer("the red house", "a small cat");
        using var model = SeeingModels.For(HeadKind.CausalLanguageModeling, words);
        var prompt = new PicturePrompt(model, words, "<image> {}");
        var images = TinyPictures.Processor.Process([TinyPictures.Image(0)]).ToBatch();
        Assert.Equal(4, prompt.TokensOf(images));
        Assert.Equal(4, prompt.Of("the red house", 4).Count(id => id == prompt.ImageTokenId));
        Assert.Equal([.. words.EncodeIds("a small cat"), words.EndId!.Value], prompt.Answer("the red house", "a small cat"));
        Assert.Throws<BadInputException>(() => prompt.Answer("<image>", "cat"));
    }

    private static RgbImage Noise(int seed, int height, int width)
    {
        var bytes = new byte[height * width * RgbImage.Channels];
        new Random(seed).NextBytes(bytes);
        return new(height, width, bytes);
    }

    private sealed class Broken : ImageSource
    {
        public override string Name => "broken";

        public override RgbImage Load(RgbColor? background = null) => throw new BadImageException(ImageFault.Damaged, "Torn.");
    }
}
