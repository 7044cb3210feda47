#!/usr/bin/env dotnet
#:project ../src/Plinth.Recipes/Plinth.Recipes.csproj
#:property PublishAot=false

// Puts a classification head on an encoder, trains it on eight sentences and asks it. Seconds on a CPU.
//   dotnet run samples/02-fine-tune-a-classifier.cs

using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Models;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Optimizers;

TextSample[] samples =
[
    new("a wonderful film, warm and funny") { Label = 1 }, new("dull, slow and far too long") { Label = 0 },
    new("I loved every minute of it") { Label = 1 }, new("a waste of two hours") { Label = 0 },
    new("the actors are brilliant") { Label = 1 }, new("I wanted to leave after ten minutes") { Label = 0 },
    new("funny, clever and moving") { Label = 1 }, new("the plot makes no sense at all") { Label = 0 },
];

var tokenizer = WordPieceTrainer.Train(samples.Select(sample => sample.Text), new() { VocabularySize = 200, MinimumFrequency = 1 });
var family = ModelCatalog.Families["bert"];
var config = family.Shape(new(LayerCount: 2, HiddenSize: 32, HeadCount: 2, tokenizer.VocabularySize, MaximumLength: 32)).WithLabels(["bad", "good"]);
using var model = new Model(family, config, HeadKind.SequenceClassification);
using var task = new TextClassification(model, tokenizer);

var trainer = new Trainer(new() { Steps = 60, Optimizer = new AdamWOptions { LearningRate = 3e-3 } });
trainer.Run(task, new SampleBatches(samples, task.Collate, batchSize: 4, seed: 1));

foreach (var (sample, answer) in samples.Zip(task.Answer(samples).Cast<ClassScores>()))
{
    Console.WriteLine($"{config.Labels[answer.Best],-5} {answer.Scores[answer.Best]:0.00}  {sample.Text}");
}
