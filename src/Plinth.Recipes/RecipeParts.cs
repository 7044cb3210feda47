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

    /// <summary>What to train: <c>byte_level_bpe</c>, <c>bpe</c>, <c>word_piece</c>, <c>unigram</c> or <c>character</c>; null takes what suits the architecture.</summary>
    public TokenizerKind? Kind { get; init; }

    /// <summary>Entries in the vocabulary of a trained tokenizer.</summary>
    public int VocabularySize { get; init; } = 8_192;

    /// <summary>Whether WordPiece lower-cases.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Whether a unigram or BPE tokenizer writes characters that it lacks in their bytes, so that every text comes back as it was.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>The share of the text that the characters of a BPE vocabulary make up, above 0 and at most 1; the rarest beyond are bytes, or unknown.</summary>
    public double? CharacterCoverage { get; init; }

    /// <summary>Further control tokens, each one token wherever it stands in a text, for example <c>&lt;|user|&gt;</c>.</summary>
    public IReadOnlyList<string> Special { get; init; } = [];

    /// <summary>Whether tokens of byte-level BPE may hold several words of a sentence.</summary>
    public bool AcrossWords { get; init; }
}

/// <summary>The tokenizers that can be trained.</summary>
public enum TokenizerKind
{
    /// <summary>Byte-level byte-pair encoding, as GPT-2 has it.</summary>
    ByteLevelBpe,

    /// <summary>Byte-pair encoding over characters, as Llama and Mistral have it.</summary>
    Bpe,

    /// <summary>WordPiece, as BERT has it.</summary>
    WordPiece,

    /// <summary>The most probable pieces, as SentencePiece and T5 have them.</summary>
    Unigram,

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
    /// File, folder or archive of text, JSON lines, tables, Parquet, web pages, crawls or XML documentation; <c>dotnet-docs</c> is the documentation
    /// inside the installed .NET SDK. For models that see, a folder, archive or table of pictures; <c>drawn-scenes#train</c> needs no file. Null where
    /// <see cref="Sources"/> are named instead.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Several texts to mix: each sample of a batch comes from one of them, in the proportion of their weights.</summary>
    public IReadOnlyList<CorpusSourceRecipe> Sources { get; init; } = [];

    /// <summary>
    /// How the sizes of sources without weights count: the share of one follows its tokens to the power of 1 / temperature (Conneau et al. 2019,
    /// arXiv:1901.07291). 1 is in proportion, more gives small sources more, and a very large one makes all equal.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Folder where encoded text is kept for other runs on the same data; null keeps it in the folder of the run.</summary>
    public string? Cache { get; init; }

    /// <summary>What is held out, in the same form; null keeps a share of <see cref="Path"/>, or of each of the sources.</summary>
    public string? Validation { get; init; }

    /// <summary>How pictures are read, for models that see; their captions are in the column that it names.</summary>
    public Vision.ImageDataRecipe? Images { get; init; }

    /// <summary>Share of the documents or pictures (0 to 1) kept for validation; a single document is cut at its end instead.</summary>
    public double ValidationShare { get; init; } = 0.05;

    /// <summary>What one document of a plain text file is.</summary>
    public Data.Text.TextUnit Unit { get; init; } = Data.Text.TextUnit.File;

    /// <summary>The field of a JSON line, or the column of a table, that holds the text.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>Whether of web pages only the main content is read, without what surrounds it on every page of a site.</summary>
    public bool MainContentOnly { get; init; }

    /// <summary>Extensions read as source code, with their dot, such as <c>.cs</c>; none by default.</summary>
    public IReadOnlyList<string> CodeExtensions { get; init; } = [];

    /// <summary>How documents become sequences.</summary>
    public SequenceForm Form { get; init; } = SequenceForm.Automatic;

    /// <summary>How the files are read.</summary>
    internal Data.Text.CorpusOptions Reading() => new() { Unit = Unit, TextField = TextField, MainContentOnly = MainContentOnly, CodeExtensions = CodeExtensions };

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">The share is out of range, or sources contradict each other.</exception>
    internal void Check()
    {
        if (ValidationShare is not (>= 0 and < 1))
        {
            throw new RecipeException($"validation_share = {ValidationShare} must be 0 or more and below 1.");
        }

        if (Path is null == (Sources.Count == 0))
        {
            throw new RecipeException(Path is null
                ? "data has neither 'path' nor 'sources'. Name the text with data.path=FILE."
                : "data has both 'path' and 'sources'. Make the path one of the sources.");
        }

        if (Temperature is not (> 0 and < double.PositiveInfinity))
        {
            throw new RecipeException($"data.temperature = {Temperature} must be above 0.");
        }

        if (Sources.FirstOrDefault(source => source.Weight is { } weight && weight is not (> 0 and < double.PositiveInfinity)) is { } bad)
        {
            throw new RecipeException($"data.sources: the weight of {bad.ShownName} is {bad.Weight}; it must be above 0. Leave out a source that shall not be read.");
        }

        if (Sources.Select(source => source.Weight is null).Distinct().Count() > 1)
        {
            throw new RecipeException("data.sources: some have a weight and some have none. Give all of them one, or none.");
        }

        if (Sources.GroupBy(source => source.ShownName).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new RecipeException($"data.sources: two are called '{twice.Key}'. Give them different names with 'name'.");
        }
    }
}

/// <summary>One text of several to mix.</summary>
public sealed record CorpusSourceRecipe
{
    /// <summary>File or folder of text, JSONL or CSV.</summary>
    public required string Path { get; init; }

    /// <summary>How much of the mixture comes from it, in proportion to the other weights; null goes by its size.</summary>
    public double? Weight { get; init; }

    /// <summary>What it is called in logs; null is the name of the file or folder.</summary>
    public string? Name { get; init; }

    internal string ShownName => Name ?? System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.TrimEndingDirectorySeparator(Path));
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

    /// <summary>
    /// Factor on the learning rate from each layer to the one below it, the head on top (above 0, at most 1). 1 lets all learn alike; 0.8 to 0.95 keeps in lower
    /// layers what pre-training taught them.
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Steps after which the next lower layer learns too, the head alone at first; null lets all learn from the start.</summary>
    public long? UnfreezeEvery { get; init; }

    /// <summary>How much of a running mean of the weights is kept per step, such as 0.999; evaluations and what is saved use the mean. Null keeps none.</summary>
    public double? AverageDecay { get; init; }

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
