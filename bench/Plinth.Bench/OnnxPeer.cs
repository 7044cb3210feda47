using Microsoft.ML.OnnxRuntime;

namespace Plinth.Bench;

/// <summary>ONNX Runtime with two threads and all its optimisations, to be measured beside ours.</summary>
internal static class OnnxPeer
{
    public static string Version => OrtEnv.Instance().GetVersionString();

    public static InferenceSession Open(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 2, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new(path, options);
    }
}
