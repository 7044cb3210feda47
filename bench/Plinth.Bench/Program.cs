using Plinth.Bench;

if (LoadingBench.TryRunChild(args) || TrainingBench.TryRunChild(args))
{
    return 0;
}

// dotnet run -c Release --project bench/Plinth.Bench -- NAME
Dictionary<string, Action<BenchReport>> benches = new()
{
    ["encoders"] = EncodersBench.Run,
    ["image-encoders"] = ImageEncodersBench.Run,
    ["image-loader"] = ImageLoaderBench.Run,
    ["loading"] = LoadingBench.Run,
    ["flat-memory"] = FlatMemoryBench.Run,
    ["mapped-file"] = MappedFileBench.Run,
    ["tokenizer-scaling"] = TokenizerScalingBench.Run,
    ["tokenizers"] = TokenizersBench.Run,
    ["training"] = TrainingBench.Run,
};

if (args is not [{ } name] || !benches.TryGetValue(name, out var run))
{
    Console.Error.WriteLine($"Usage: NAME. Known: {string.Join(", ", benches.Keys)}.");
    return 2;
}

var report = new BenchReport(name);
run(report);
Console.WriteLine($"Written: {report.Save()}");
return 0;
