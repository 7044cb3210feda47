#!/usr/bin/env dotnet
#:project ../src/Plinth.Recipes/Plinth.Recipes.csproj
#:property PublishAot=false

// Pre-trains a small GPT on a few sentences and lets it continue one. Seconds on a CPU.
//   dotnet run samples/01-pretrain-and-generate.cs

using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Recipes;

string[] documents = [.. Enumerable.Repeat("The quick brown fox jumps over the lazy dog. ", 40), .. Enumerable.Repeat("A journey of a thousand miles begins with a single step. ", 40)];
var folder = Directory.CreateTempSubdirectory("plinth-sample-").FullName;

var tokenizer = ByteLevelBpeTrainer.Train(documents, new() { VocabularySize = 300 });
var recipe = new PretrainingRecipe
{
    Name = "sample",
    Folder = folder,
    Model = new() { Family = "gpt2", LayerCount = 2, HiddenSize = 64, MaximumLength = 32 },
    Data = new() { Path = "in memory" },
    Training = new() { Steps = 60, BatchSize = 8, LearningRate = 3e-3 },
};
var result = Pretraining.Run(recipe, new CorpusSplit(documents, documents[..1]), tokenizer);
Console.WriteLine($"loss {result.Scores["loss"]:0.00} after {result.Training.Step} steps");

using var model = Checkpoint.Load(result.Files.Checkpoint, ModelCatalog.Families).Model;
var pipeline = new TextGenerationPipeline(model, tokenizer);
Console.WriteLine("The quick" + pipeline.Generate("The quick", new() { MaxNewTokens = 12 }));
Directory.Delete(folder, recursive: true);
