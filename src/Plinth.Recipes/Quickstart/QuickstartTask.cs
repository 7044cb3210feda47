using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes.Baselines;
using Plinth.Tasks;
using Plinth.Tasks.Metrics;

namespace Plinth.Recipes.Quickstart;

/// <summary>One downstream task of the quickstart: its data, how a model solves it, and what a classical method makes of it.</summary>
/// <param name="Data">The samples.</param>
/// <param name="Title">What it asks.</param>
/// <param name="CatalogName">The task of the catalog.</param>
/// <param name="Metric">The metric of the table.</param>
/// <param name="BaselineName">The classical method.</param>
/// <param name="Baseline">Scores the classical method: training samples, test samples, seed.</param>
public sealed record QuickstartTask(
    TaskData Data, string Title, string CatalogName, string Metric, string BaselineName,
    Func<IReadOnlyList<TextSample>, IReadOnlyList<TextSample>, int, IReadOnlyDictionary<string, double>> Baseline)
{
    /// <summary>Options of the task.</summary>
    public object? Options { get; init; }

    /// <summary>Whether the decoder solves it; else the encoder does.</summary>
    public bool IsGeneration => CatalogName == "causal_finetuning";

    /// <summary>Whether a smaller metric is better.</summary>
    public bool LowerIsBetter => Metric == "perplexity";

    /// <summary>Whether the classical method learns nothing from labels, so that one measurement serves all columns.</summary>
    public bool IsBaselineFixed { get; init; }

    /// <summary>Test samples that are used.</summary>
    public required IReadOnlyList<TextSample> Test { get; init; }

    /// <summary>The tasks on the documentation.</summary>
    public static IReadOnlyList<QuickstartTask> OfDocumentation(QuickstartCorpus corpus, QuickstartPlan plan, Tokenizer decoderTokenizer)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return
        [
            Classification(KindData.Build(corpus), "Kind of member, names masked", plan),
            Classification(AreaData.Build(corpus), "Area of the libraries, names masked", plan),
            Tagging(MentionData.Build(corpus), plan),
            Retrieval(RetrievalData.Build(corpus), "Find the member from its remarks or returns", plan),
            Description(DescribeData.Build(corpus), plan, decoderTokenizer),
        ];
    }

    /// <summary>The tasks on a user's own text, which has no labels.</summary>
    public static IReadOnlyList<QuickstartTask> OfText(GenericData data, QuickstartPlan plan) =>
        [Retrieval(data.Retrieval, "Find the second half of a text from its first", plan)];

    private static QuickstartTask Classification(TaskData data, string title, QuickstartPlan plan) => new(
        data, title, "text_classification", "accuracy", "TF-IDF + logistic regression",
        (train, test, seed) =>
        {
            var classifier = TfIdfClassifier.Train([.. train.Select(sample => (sample.Text, sample.Label!.Value))], data.LabelNames.Count, seed);
            var guesses = classifier.Predict([.. test.Select(sample => sample.Text)]);
            int[] right = [.. test.Select(sample => sample.Label!.Value)];
            return new Dictionary<string, double> { ["accuracy"] = Accuracy.Of([.. guesses], right), ["macro_f1"] = F1.Macro([.. guesses], right) };
        })
    {
        Options = new TextClassificationOptions { MaximumLength = plan.TaskLength },
        Test = [.. data.Test.Take(plan.TestSamples)],
    };

    private static QuickstartTask Tagging(TaskData data, QuickstartPlan plan) => new(
        data, "Mentions of types and parameters in sentences", "token_classification", "entity_f1", "Word features + logistic regression",
        (train, test, seed) =>
        {
            var tagger = WordTagger.Train([.. train.Select(sample => (sample.Words!, sample.Tags!))], data.LabelNames.Count, seed);
            IReadOnlyList<string> Names(IReadOnlyList<int> tags) => [.. tags.Select(tag => data.LabelNames[tag])];
            var score = EntityF1.Of([.. test.Select(sample => Names(tagger.Predict(sample.Words!)))], [.. test.Select(sample => Names(sample.Tags!))]);
            return new Dictionary<string, double> { ["entity_f1"] = score.F1 };
        })
    {
        Options = new TokenClassificationOptions { MaximumLength = plan.TaskLength },
        Test = [.. data.Test.Take(plan.TestSamples)],
    };

    private static QuickstartTask Retrieval(TaskData data, string title, QuickstartPlan plan) => new(
        data, title, "sentence_embedding", "mean_reciprocal_rank", "BM25",
        (_, test, _) =>
        {
            using var index = Bm25Index.Build([.. test.Select(sample => sample.Pair!)]);
            int[] ranks = [.. test.AsParallel().AsOrdered().Select((sample, i) => Rank(index.Search(sample.Text, test.Count), i, test.Count))];
            return new Dictionary<string, double>
            {
                ["recall_at_1"] = RecallAtK.Of(ranks, 1),
                ["recall_at_10"] = RecallAtK.Of(ranks, 10),
                ["mean_reciprocal_rank"] = MeanReciprocalRank.Of(ranks),
            };
        })
    {
        Options = new SentenceEmbeddingOptions { MaximumLength = plan.TaskLength },
        IsBaselineFixed = true,
        Test = [.. data.Test.Take(plan.RetrievalPairs)],
    };

    private static QuickstartTask Description(TaskData data, QuickstartPlan plan, Tokenizer tokenizer) => new(
        data, "Describe a member from its name", "causal_finetuning", "perplexity", "3-gram model (Kneser-Ney)",
        (train, test, _) =>
        {
            var model = NGramLanguageModel.Train(train.Select(Ids), tokenizer.VocabularySize);
            // Only the tokens of the answer count, after the prompt, as for the network.
            var (nats, tokens) = (0.0, 0L);
            foreach (var sample in test)
            {
                var ids = Ids(sample);
                for (var i = tokenizer.EncodeIds(sample.Text).Count; i < ids.Length; i++)
                {
                    nats -= Math.Log(model.Probability(ids[..i], ids[i]));
                    tokens++;
                }
            }

            return new Dictionary<string, double> { ["perplexity"] = Perplexity.Of(nats, tokens) };

            int[] Ids(TextSample sample) => [.. tokenizer.EncodeIds(sample.Text), .. tokenizer.EncodeIds(sample.Pair!), tokenizer.EndId!.Value];
        })
    {
        Options = new CausalFinetuningOptions { MaximumLength = plan.DecoderLength },
        Test = [.. data.Test.Take(plan.DescriptionSamples)],
    };

    // What is not found at all stands behind everything.
    private static int Rank(IReadOnlyList<int> found, int wanted, int worst)
    {
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i] == wanted)
            {
                return i + 1;
            }
        }

        return worst;
    }
}
