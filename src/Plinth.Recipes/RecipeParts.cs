using Plinth.Core;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>Which model to build.</summary>
public sealed record ModelRecipe
{
    /// <summary>Name of the architecture, for example <c>bert</c>.</summary>
    public string Family { get; init; } = "bert";

    /// <summary>The size dial: <c>tiny</c>, <c>mini</c>, <c>small</c>, <c>medium</c> or <c>base</c>.</summary>
    public string Size { get; init; } = "tiny";

    /// <summary>Blocks; null takes the dial's.</summary>
    public int? LayerCount { get; init; }

    /// <summary>Width; null takes the dial's.</summary>
    public int? HiddenSize { get; init; }

    /// <summary>Attention heads; null takes the dial's.</summary>
    public int? HeadCount { get; init; }

    /// <summary>Longest sequence, in tokens.</summary>
    public int MaximumLength { get; init; } = 128;

    /// <summary>Height and width of the pictures that it sees, in pixels, where it sees any.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch of them.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Fields of config.json to set, under their own names, for example <c>hidden_dropout_prob: 0.1</c> or <c>hidden_act: relu</c>.</summary>
    public IReadOnlyDictionary<string, ConfigValue> Config { get; init; } = new Dictionary<string, ConfigValue>();

    /// <summary>The dial's setting.</summary>
    public ModelSize Dial() => ModelSize.All[Size];

    /// <summary>The sizes for a vocabulary.</summary>
    /// <param name="vocabulary">Entries in it; 0 without any.</param>
    /// <param name="endToken">Token that ends every text, or null.</param>
    public ModelShape Shape(int vocabulary, int? endToken = null)
    {
        var dial = Dial();
        var hidden = HiddenSize ?? dial.HiddenSize;
        return new(LayerCount ?? dial.LayerCount, hidden, HeadCount ?? Math.Max(2, hidden / 64), vocabulary, MaximumLength)
        {
            Image = new(ImageSize, PatchSize), EndTokenId = endToken,
        };
    }
}

/// <summary>How text becomes ids: a tokenizer that exists, or one to train on the data.</summary>
public sealed record TokenizerRecipe
{
    /// <summary>Folder or file of a tokenizer; null trains one.</summary>
    public string? Path { get; init; }

    /// <summary>What to train: <c>byte_level_bpe</c>, <c>word_piece</c> or <c>character</c>; null takes what suits the architecture.</summary>
    public TokenizerKind? Kind { get; init; }

    /// <summary>Entries in the vocabulary of a trained tokenizer.</summary>
    public int VocabularySize { get; init; } = 8_192;

    /// <summary>Whether WordPiece lower-cases.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Whether tokens of byte-level BPE may hold several words of a sentence.</summary>
    public bool AcrossWords { get; init; }
}

/// <summary>The tokenizers that can be trained.</summary>
public enum TokenizerKind
{
    /// <summary>Byte-level byte-pair encoding, as GPT-2 has it.</summary>
    ByteLevelBpe,

    /// <summary>WordPiece, as BERT has it.</summary>
    WordPiece,

    /// <summary>One id per character.</summary>
    Character,
}

/// <summary>How documents become sequences.</summary>
public enum SequenceForm
{
    /// <summary>What suits the objective: whole documents for masked, packed for causal modelling, pairs for BERT's own.</summary>
    Automatic,

    /// <summary>One document, cut to the length, per sequence.</summary>
    Documents,

    /// <summary>Documents joined by the end token and cut into full sequences.</summary>
    Packed,

    /// <summary>Sequences from random places of the joined text, as nanoGPT draws them.</summary>
    RandomWindows,
}

/// <summary>The unlabeled text, or the pictures.</summary>
public sealed record CorpusRecipe
{
    /// <summary>
    /// File, folder or archive of text, JSON lines, tables, Parquet, web pages, crawls or XML documentation; <c>dotnet-docs</c> is the documentation inside the installed .NET SDK. For models that see, a
    /// folder, archive or table of pictures; <c>drawn-scenes#train</c> needs no file.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>What is held out, in the same form; null keeps a share of <see cref="Path"/>.</summary>
    public string? Validation { get; init; }

    /// <summary>How pictures are read, for models that see; their captions are in the column that it names.</summary>
    public Vision.ImageDataRecipe? Images { get; init; }

    /// <summary>Share of the documents or pictures (0 to 1) kept for validation; a single document is cut at its end instead.</summary>
    public double ValidationShare { get; init; } = 0.05;

    /// <summary>What one document of a plain text file is.</summary>
    public Data.Text.TextUnit Unit { get; init; } = Data.Text.TextUnit.File;

    /// <summary>How documents become sequences.</summary>
    public SequenceForm Form { get; init; } = SequenceForm.Automatic;

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">The share is out of range.</exception>
    internal void Check()
    {
        if (ValidationShare is not (>= 0 and < 1))
        {
            throw new RecipeException($"validation_share = {ValidationShare} must be 0 or more and below 1.");
        }
    }
}

/// <summary>How long and how fast to train.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Optimizer steps; null counts them from <see cref="Epochs"/>.</summary>
    public long? Steps { get; init; }

    /// <summary>Passes over the data, when no steps are given.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Sequences per batch; null follows from the size dial.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Batches per step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Peak learning rate; null follows from the size dial.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Lowest rate as a share of the peak (0 to 1).</summary>
    public double MinimumRate { get; init; }

    /// <summary>The curve after the warm-up.</summary>
    public Training.Schedules.ScheduleKind Schedule { get; init; } = Training.Schedules.ScheduleKind.Cosine;

    /// <summary>Steps over which the rate rises; null is a tenth of the run.</summary>
    public long? WarmupSteps { get; init; }

    /// <summary>Decay of matrices per step, times the rate; vectors do not decay.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>
    /// The optimizer by its name with its own settings, for example <c>{type: muon, momentum: 0.9}</c>: adafactor, adagrad, adam, adamw, lion, muon, rmsprop or
    /// sgd. Null is AdamW. Its rate and decay are those of this section unless it names its own.
    /// </summary>
    public Component? Optimizer { get; init; }

    /// <summary>How much of the mean gradient is kept per step.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the mean square is kept per step.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>Largest global gradient norm; larger ones are scaled down. Null never clips.</summary>
    public double? MaximumGradientNorm { get; init; } = 1;

    /// <summary>Arithmetic: <c>float32</c>, or <c>bfloat16</c> with float32 master weights.</summary>
    public Training.Optimizers.Precision Precision { get; init; } = Training.Optimizers.Precision.Float32;

    /// <summary>Where it is computed: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>. A graphics card needs a CUDA build of libtorch (<c>PLINTH_LIBTORCH</c>).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Steps between evaluations; null evaluates ten times per run.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Sequences of one evaluation of the loss.</summary>
    public int EvaluationSequences { get; init; } = 512;

    /// <summary>Steps between snapshots to resume from.</summary>
    public long SnapshotEvery { get; init; } = 500;
}
