using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

/// <summary>A stored case: inputs and outputs that an independent implementation computed for the checkpoint in the same folder.</summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly SafetensorsFile expected;

    private GoldenCase(string folder)
    {
        Folder = folder;
        expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
    }

    public string Folder { get; }

    /// <summary>Opens a case of tests/fixtures, or else one of the optional data; skips the test where that is absent.</summary>
    public static GoldenCase Open(string name)
    {
        var stored = Path.Combine(Fixtures.Root, "tests", "fixtures", name);
        return new(Directory.Exists(stored) ? stored : Fixtures.Shared(Path.Combine("golden", name)));
    }

    public bool Has(string name) => expected.Entries.ContainsKey(name);

    public (long[] Values, int[] Shape) Longs(string name)
    {
        using var read = expected.Read(name);
        return (read.data<long>().ToArray(), [.. read.shape.Select(size => (int)size)]);
    }

    public (float[] Values, int[] Shape) Floats(string name)
    {
        using var read = expected.Read(name);
        return (read.data<float>().ToArray(), [.. read.shape.Select(size => (int)size)]);
    }

    /// <summary>The inputs that a model asks for; positions and segments that the case leaves to the default are filled in.</summary>
    public List<NamedOnnxValue> InputsFor(InferenceSession session)
    {
        var (_, shape) = Longs("input_ids");
        return [.. session.InputMetadata.Keys.Select(name => NamedOnnxValue.CreateFromTensor(name, Value(name, shape)))];
    }

    /// <summary>The largest difference where the mask is 1, or anywhere for an output without a place for each token.</summary>
    public float WorstDifference(string name, IReadOnlyList<float> actual)
    {
        var (values, shape) = Floats(name);
        var (ids, sizes) = Longs("input_ids");
        Assert.Equal(values.Length, actual.Count);
        var perToken = shape.Length >= 2 && shape[1] == sizes[1] && values.Length >= ids.Length;
        var mask = perToken && Has("attention_mask") ? Longs("attention_mask").Values : null;
        var width = perToken ? values.Length / ids.Length : 1;
        var worst = 0f;
        for (var i = 0; i < values.Length; i++)
        {
            if (mask is null || mask[i / width] == 1)
            {
                worst = MathF.Max(worst, MathF.Abs(values[i] - actual[i]));
            }
        }

        return worst;
    }

    public void Dispose() => expected.Dispose();

    private DenseTensor<long> Value(string name, int[] shape)
    {
        if (Has(name))
        {
            var (values, sizes) = Longs(name);
            return new(values, sizes);
        }

        Assert.Contains(name, (string[])["position_ids", "token_type_ids"]);
        var count = shape[0] * shape[1];
        return new(Enumerable.Range(0, count).Select(i => name == "position_ids" ? i % shape[1] : 0L).ToArray(), shape);
    }
}
