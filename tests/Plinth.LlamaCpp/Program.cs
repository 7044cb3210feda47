// Runs exported GGUF files in llama.cpp and compares with stored numbers of the reference.
//   dotnet run --project tests/Plinth.LlamaCpp -- MODEL.gguf CASE             logits, or the sentence's vector, of the case's inputs
//   dotnet run --project tests/Plinth.LlamaCpp -- MODEL.gguf expected.json    ids of the texts of a tokenizer's case
using System.Text;
using System.Text.Json;
using LLama;
using LLama.Common;
using LLama.Native;
using Plinth.Core.Checkpoints;

if (args is not [var model, var stored])
{
    Console.Error.WriteLine("Give a GGUF file, and a case's folder or a tokenizer's expected.json.");
    return 2;
}

NativeLibraryConfig.All.WithLogCallback((_, _) => { });
return stored.EndsWith(".json", StringComparison.Ordinal) ? CompareIds(model, stored) : CompareNumbers(model, stored);

static int CompareNumbers(string model, string folder)
{
    using var expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
    var isSentence = expected.Entries.ContainsKey("sentence_embedding");
    using var ids = expected.Read("input_ids");
    using var mask = expected.Read("attention_mask");
    using var wanted = expected.Read(isSentence ? "sentence_embedding" : "logits");
    var (batch, length, width) = (ids.shape[0], ids.shape[1], wanted.shape[^1]);
    var (idValues, maskValues, numbers) = (ids.data<long>().ToArray(), mask.data<long>().ToArray(), wanted.data<float>().ToArray());

    // Keys and values in single precision: in half, llama.cpp's default, they alone make an error of some 1e-2.
    var options = new ModelParams(model)
    {
        ContextSize = 64, GpuLayerCount = 0, Threads = 2, BatchThreads = 2, BatchSize = 64, UBatchSize = 64, Embeddings = isSentence,
        TypeK = GGMLType.GGML_TYPE_F32, TypeV = GGMLType.GGML_TYPE_F32, FlashAttention = false,
    };
    using var weights = LLamaWeights.LoadFromFile(options);
    using var context = weights.CreateContext(options);
    double worst = 0, largest = 0;
    for (var row = 0; row < batch; row++)
    {
        long[] places = [.. Enumerable.Range(0, (int)length).Select(i => (row * length) + i).Where(i => maskValues[i] == 1)];
        var tokens = new LLamaBatch();
        for (var i = 0; i < places.Length; i++)
        {
            tokens.Add((int)idValues[places[i]], i, (LLamaSeqId)row, logits: true);
        }

        if ((isSentence ? (int)context.NativeHandle.Encode(tokens) : (int)context.NativeHandle.Decode(tokens)) != 0)
        {
            throw new InvalidOperationException("llama.cpp could not compute the tokens.");
        }

        if (isSentence)
        {
            var vector = context.NativeHandle.GetEmbeddingsSeq((LLamaSeqId)row).ToArray();
            var size = Math.Sqrt(vector.Sum(value => (double)value * value));
            Compare([.. vector.Select(value => (float)(value / size))], row * width);
        }

        for (var i = 0; i < (isSentence ? 0 : places.Length); i++)
        {
            Compare(context.NativeHandle.GetLogitsIth(i).ToArray(), places[i] * width);
        }
    }

    Console.WriteLine($"{Path.GetFileName(model)}: largest difference {worst:0.0e+00}, largest number {largest:0.00}");
    return 0;

    void Compare(float[] actual, long from)
    {
        for (var i = 0; i < width; i++)
        {
            worst = Math.Max(worst, Math.Abs(actual[i] - numbers[from + i]));
            largest = Math.Max(largest, Math.Abs(numbers[from + i]));
        }
    }
}

static int CompareIds(string model, string path)
{
    using var weights = LLamaWeights.LoadFromFile(new ModelParams(model) { GpuLayerCount = 0, VocabOnly = true });
    using var json = JsonDocument.Parse(File.ReadAllText(path));
    var (equal, different) = (0, 0);
    foreach (var one in json.RootElement.GetProperty("cases").EnumerateArray().Where(one => one.GetProperty("text").ValueKind == JsonValueKind.String))
    {
        var text = one.GetProperty("text").GetString()!;
        var wanted = one.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
        if (weights.Tokenize(text, add_bos: true, special: true, Encoding.UTF8).Select(token => (int)token).SequenceEqual(wanted))
        {
            equal++;
        }
        else
        {
            different++;
            Console.WriteLine($"different: {JsonSerializer.Serialize(text.Length > 60 ? text[..60] : text)}");
        }
    }

    Console.WriteLine($"{Path.GetFileName(model)}: {equal} texts with equal ids, {different} with different ones");
    return different == 0 ? 0 : 1;
}
