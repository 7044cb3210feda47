using Microsoft.ML.OnnxRuntime;

namespace Plinth.Tests.Export;

/// <summary>ONNX Runtime: the independent engine for exported models.</summary>
internal static class OnnxEngine
{
    public static InferenceSession Open(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 2, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new(path, options);
    }

    /// <summary>All outputs by name.</summary>
    public static Dictionary<string, float[]> Run(InferenceSession session, IReadOnlyCollection<NamedOnnxValue> inputs)
    {
        using var results = session.Run(inputs);
        return results.ToDictionary(result => result.Name, result => result.AsTensor<float>().ToArray());
    }
}
