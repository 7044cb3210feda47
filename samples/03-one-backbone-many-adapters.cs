#!/usr/bin/env dotnet
#:project ../src/Plinth.Recipes/Plinth.Recipes.csproj
#:property PublishAot=false

// One model in memory, two LoRA adapters: switching costs nothing, and without an adapter the model is as it was.
//   dotnet run samples/03-one-backbone-many-adapters.cs

using Plinth.Core;
using Plinth.Layers.Adapters;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

var family = ModelCatalog.Families["llama"];
using var model = new Model(family, family.Shape(new(2, 64, 4, 500, 64)), HeadKind.CausalLanguageModeling);
model.eval();

using var formal = Adapter(seed: 1);
using var casual = Adapter(seed: 2);
var plain = Next();
formal.Activate();
var first = Next();
casual.Activate();
var second = Next();
casual.Deactivate();
Console.WriteLine($"plain {plain}, first adapter {first}, second adapter {second}, plain again {Next()}");

AdapterSet Adapter(int seed)
{
    random.manual_seed(seed);
    var set = new AdapterSet(model, new LowRankOptions { Rank = 4 }, name => name.Contains("attention", StringComparison.Ordinal));
    using var noGrad = no_grad();
    foreach (var weight in set.Parameters)
    {
        // As if it had been trained: a fresh adapter changes nothing.
        nn.init.normal_(weight, 0, 0.3);
    }

    set.Train(false);
    return set;
}

long Next()
{
    using var noGrad = no_grad();
    using var scope = NewDisposeScope();
    return model.Logits(new TextBatch { InputIds = tensor(new long[] { 1, 2, 3 }, [1, 3]) })[0, -1].argmax().ToInt64();
}
