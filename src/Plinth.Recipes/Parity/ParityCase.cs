using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>
/// One folder of a case while it is compared: expected numbers by name, what was computed, and the checks so far.
/// Tensors live in the dispose scope that is current when the case is opened.
/// </summary>
public sealed class ParityCase
{
    private readonly Dictionary<string, Tensor> expected = new(StringComparer.Ordinal);
    private readonly List<ParityCheck> checks = [];
    private readonly List<KeyValuePair<string, Tensor>>? dump;
    private readonly Func<string, bool>? isRecorded;
    private readonly Dictionary<string, Tensor> recorded = new(StringComparer.Ordinal);

    /// <param name="folder">The case.</param>
    /// <param name="dump">Receives what is computed, under <c>case/name</c>; null keeps nothing.</param>
    /// <exception cref="CheckpointException">A file is missing or malformed.</exception>
    public ParityCase(string folder, List<KeyValuePair<string, Tensor>>? dump)
    {
        this.dump = dump;
        Folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Name = NameOf(Folder);
        var meta = Path.Combine(Folder, "meta.json");
        Meta = File.Exists(meta) ? Checkpoint.ReadJson(meta) : [];
        Read("expected.safetensors", "");
        Read("train_expected.safetensors", "train_expected/");
    }

    /// <summary>A case that is being made: whatever is compared under a recorded name is kept as what is expected.</summary>
    /// <param name="folder">The model's folder, for messages.</param>
    /// <param name="meta">The settings.</param>
    /// <param name="inputs">The inputs by name; they stay the caller's.</param>
    /// <param name="isRecorded">Which outputs are wanted.</param>
    internal ParityCase(string folder, JsonObject meta, IReadOnlyDictionary<string, Tensor> inputs, Func<string, bool> isRecorded)
    {
        (Folder, Name, Meta, this.isRecorded) = (folder, NameOf(folder), meta, isRecorded);
        foreach (var (name, input) in inputs)
        {
            expected[name] = input;
        }
    }

    /// <summary>Full path.</summary>
    public string Folder { get; }

    /// <summary>Where the model is: beside the numbers, or around them when they are a checkpoint's certificate.</summary>
    public string ModelFolder => Certificate.IsCertificate(Folder) ? Path.GetDirectoryName(Folder)! : Folder;

    /// <summary>What a case that is being made has seen; owned by whoever made it.</summary>
    internal IReadOnlyDictionary<string, Tensor> Recorded => recorded;

    /// <summary>Name of the folder; a certificate's is its checkpoint's with its own.</summary>
    public string Name { get; }

    /// <summary>The settings beside the numbers.</summary>
    public JsonObject Meta { get; }

    /// <summary>Absolute tolerance of the outputs.</summary>
    public double Tolerance => Number(Meta["suggested_atol"]) ?? 1e-5;

    /// <summary>What was compared.</summary>
    public IReadOnlyList<ParityCheck> Checks => checks;

    /// <summary>Names of the expected tensors.</summary>
    public IEnumerable<string> Names => expected.Keys;

    /// <summary>An expected tensor, or null.</summary>
    public Tensor? Find(string name) => expected.GetValueOrDefault(name) ?? (isRecorded?.Invoke(name) == true ? zeros(0) : null);

    /// <summary>An expected tensor.</summary>
    /// <exception cref="CheckpointException">The case lacks it.</exception>
    public Tensor Get(string name) => Find(name) ?? throw new CheckpointException($"{Folder}: expected.safetensors has no '{name}'.");

    /// <summary>Compares a computed tensor with the expected one of that name.</summary>
    /// <param name="name">Name in the case.</param>
    /// <param name="computed">What was computed.</param>
    /// <param name="mask">1 where positions count, <c>[batch, seq]</c>; null for everywhere.</param>
    /// <param name="tolerance">Accepted difference; null takes the case's.</param>
    public void Compare(string name, Tensor computed, Tensor? mask = null, double? tolerance = null)
    {
        using var noGrad = no_grad();
        if (isRecorded is not null)
        {
            recorded[name] = computed.detach().cpu().clone().DetachFromDisposeScope();
            return;
        }

        dump?.Add(new($"{Name}/{name}", computed.detach().cpu().clone().DetachFromDisposeScope()));
        checks.Add(new(name, WorstDifference(computed.detach(), Get(name), mask), tolerance ?? Number((Meta["tolerances"] as JsonObject)?[name]) ?? Tolerance));
    }

    /// <summary>Compares a number with the expected one of that name.</summary>
    public void Compare(string name, double computed, double? tolerance = null) => Compare(name, tensor(computed), null, tolerance);

    /// <summary>Compares two number sequences, such as token ids, that must be equal.</summary>
    public void CompareExactly(string name, IEnumerable<long> computed, IEnumerable<long> wanted) =>
        checks.Add(new(name, computed.SequenceEqual(wanted) ? 0 : double.PositiveInfinity, 0));

    /// <summary>Records that two things are, or are not, equal.</summary>
    public void CompareExactly(string name, bool isEqual) => checks.Add(new(name, isEqual ? 0 : double.PositiveInfinity, 0));

    /// <summary>What a case is called in reports.</summary>
    internal static string NameOf(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Certificate.IsCertificate(full) ? $"{Path.GetFileName(Path.GetDirectoryName(full))}/{Certificate.FolderName}" : Path.GetFileName(full);
    }

    /// <summary>A number in the settings, or null.</summary>
    public static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static double WorstDifference(Tensor computed, Tensor wanted, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        if (!computed.shape.AsSpan().SequenceEqual(wanted.shape))
        {
            return double.PositiveInfinity;
        }

        if (wanted.numel() == 0)
        {
            return 0;
        }

        var (a, b) = (computed.to(ScalarType.Float64), wanted.to(ScalarType.Float64));
        // Equal infinities, as hidden logits have them, differ by nothing; any other non-finite number is a failure.
        var difference = where(a.eq(b), zeros_like(a), (a - b).abs());
        if (mask is not null && wanted.dim() >= 2 && wanted.size(0) == mask.size(0) && wanted.size(1) == mask.size(1))
        {
            difference = difference.masked_fill(mask.eq(0).view([mask.size(0), mask.size(1), .. Enumerable.Repeat(1L, (int)wanted.dim() - 2)]), 0);
        }

        var worst = difference.max().ToDouble();
        return double.IsNaN(worst) ? double.PositiveInfinity : worst;
    }

    private void Read(string file, string prefix)
    {
        var path = Path.Combine(Folder, file);
        if (!File.Exists(path))
        {
            return;
        }

        using var source = SafetensorsFile.Open(path);
        foreach (var name in source.Entries.Keys)
        {
            expected[prefix + name] = source.Read(name);
        }
    }
}
