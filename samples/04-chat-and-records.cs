#!/usr/bin/env dotnet
#:project ../src/Plinth.Recipes/Plinth.Recipes.csproj
#:package Microsoft.Extensions.DependencyInjection
#:property PublishAot=false

// Trains a small chat model on five conversations, saves it, and uses the folder as .NET programs use models: through IChatClient from a container,
// and as a filler of C# records. Less than a minute on a CPU.
//   dotnet run samples/04-chat-and-records.cs

using Plinth.Data.Batching;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Optimizers;

const string Form = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
var records = new RecordOptions { Message = (text, _) => $"Who? {text}" };
(string User, string Assistant)[] known =
[
    ("hi", "Hello! What can I do for you?"),
    ("what is a plinth?", "The block on which a column stands."),
    (records.Message("Ada was 36.", ""), """{"name":"Ada","age":36}"""),
    (records.Message("Alan was 41.", ""), """{"name":"Alan","age":41}"""),
    (records.Message("Grace was 85.", ""), """{"name":"Grace","age":85}"""),
];
ChatConversation[] conversations = [.. known.Select(pair => new ChatConversation([new("user", pair.User), new("assistant", pair.Assistant)]))];

// Train it.
var template = ChatTemplate.Parse(Form);
var tokenizer = ByteLevelBpeTrainer.Train(
    conversations.Select(conversation => template.Render(conversation).Text),
    new() { VocabularySize = 320, SpecialTokens = ["<|endoftext|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"] });
var family = ModelCatalog.Families["gpt2"];
using var model = new Model(family, family.Shape(new(LayerCount: 2, HiddenSize: 64, HeadCount: 4, tokenizer.VocabularySize, MaximumLength: 192)), HeadKind.CausalLanguageModeling);
using var task = new CausalFinetuning(model, tokenizer);
var encoder = new ChatEncoder(template, tokenizer);
var samples = conversations.Select(conversation => encoder.Encode(conversation).ToSample()).ToArray();
new Trainer(new() { Steps = 120, Optimizer = new AdamWOptions { LearningRate = 3e-3 } }).Run(task, new SampleBatches(samples, task.Collate, batchSize: 5, seed: 1));

var folder = Directory.CreateTempSubdirectory("plinth-sample-").FullName;
Checkpoint.Save(model, Path.Combine(folder, "tiny-chat"), fresh =>
{
    tokenizer.Save(fresh);
    File.WriteAllText(Path.Combine(fresh, "chat_template.jinja"), Form);
});

// Use it: one call with the folder.
var services = new ServiceCollection();
services.AddPlinthChatClient(Path.Combine(folder, "tiny-chat")).UseOpenTelemetry();
await using (var provider = services.BuildServiceProvider())
{
    var chat = provider.GetRequiredService<IChatClient>();
    await foreach (var update in chat.GetStreamingResponseAsync("what is a plinth?", new() { Temperature = 0 }))
    {
        Console.Write(update.Text);
    }

    Console.WriteLine();
    var answer = await chat.GetResponseAsync<Person>(records.Message("Alan was 41.", ""), new ChatOptions { Temperature = 0 }, useJsonSchemaResponseFormat: true);
    Console.WriteLine($"{answer.Result} after {answer.Usage?.OutputTokenCount} tokens ({answer.FinishReason})");
}

// Records without a client. The form is certain whatever the model knows; here it never met this person.
using (var pipeline = RecordPipeline.Load(Path.Combine(folder, "tiny-chat"), records))
{
    Console.WriteLine(pipeline.Extract<Person>("Ada was 36."));
    Console.WriteLine(pipeline.Extract<Person>("Emmy was 53."));
}

Directory.Delete(folder, recursive: true);

internal sealed record Person(string Name, int Age);
