using System.Globalization;
using System.Reflection;
using Plinth.Core.Files;
using Plinth.Export.Gguf;

namespace Plinth.Export.Onnx;

/// <summary>Writes a graph as an ONNX model, its weights inside or, where they are too many, in a file beside it.</summary>
internal static class OnnxModelWriter
{
    /// <summary>The version of the operators.</summary>
    public const int OperatorSet = 17;

    // The version of the file format that came with that set.
    private const int FileVersion = 8;
    private const int DataAlignment = 4096;

    /// <summary>Writes the files; the model's own comes last, so that it never names weights that are not there.</summary>
    public static IReadOnlyList<string> Write(string path, string name, OnnxGraph graph, OnnxOptions options, CancellationToken cancellation)
    {
        var total = graph.Weights.Sum(weight => weight.Count * sizeof(float));
        var done = 0L;
        void Put(Stream stream, PlannedTensor weight)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[] buffer = [];
            weight.ForEachPiece(piece =>
            {
                if (buffer.Length < piece.Length * sizeof(float))
                {
                    buffer = new byte[piece.Length * sizeof(float)];
                }

                GgufNumbers.Encode(GgufType.F32, piece, buffer);
                stream.Write(buffer, 0, piece.Length * sizeof(float));
            });
            done += weight.Count * sizeof(float);
            options.Progress?.Report(new(weight.Name, done, total));
        }

        if (total <= options.LargestEmbedded)
        {
            AtomicFile.Write(path, stream => Model(name, graph, weight => Tensor(weight.Name, OnnxType.Float, weight.Shape).Data(RawData, weight.Count * sizeof(float), to => Put(to, weight))).WriteTo(stream));
            return [path];
        }

        var dataPath = path + ".data";
        var offsets = Offsets(graph.Weights);
        AtomicFile.Write(dataPath, stream =>
        {
            foreach (var weight in graph.Weights)
            {
                stream.Write(new byte[offsets[weight] - stream.Position]);
                Put(stream, weight);
            }
        });
        AtomicFile.Write(path, stream => Model(name, graph, weight => External(weight, Path.GetFileName(dataPath), offsets[weight])).WriteTo(stream));
        return [path, dataPath];
    }

    private const int RawData = 9;

    private static ProtoMessage Model(string name, OnnxGraph graph, Func<PlannedTensor, ProtoMessage> weightOf)
    {
        const int irVersion = 1, producerName = 2, producerVersion = 3, graphField = 7, operatorSets = 8;
        const int nodeField = 1, nameField = 2, initializerField = 5, inputField = 11, outputField = 12;
        var message = new ProtoMessage();
        foreach (var node in graph.Nodes)
        {
            message.Message(nodeField, node);
        }

        message.Text(nameField, name);
        foreach (var (constant, type, shape, bytes) in graph.Constants)
        {
            message.Message(initializerField, Tensor(constant, type, shape).Bytes(RawData, bytes));
        }

        foreach (var weight in graph.Weights)
        {
            message.Message(initializerField, weightOf(weight));
        }

        foreach (var (input, type, shape) in graph.Inputs)
        {
            message.Message(inputField, ValueInfo(input, type, shape));
        }

        foreach (var (output, type, shape) in graph.Outputs)
        {
            message.Message(outputField, ValueInfo(output, type, shape));
        }

        return new ProtoMessage()
            .Int(irVersion, FileVersion)
            .Text(producerName, "plinth")
            .Text(producerVersion, typeof(OnnxModelWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "")
            .Message(graphField, message)
            .Message(operatorSets, new ProtoMessage().Text(1, "").Int(2, OperatorSet));
    }

    private static ProtoMessage Tensor(string name, OnnxType type, IReadOnlyList<long> shape)
    {
        const int dimensions = 1, dataType = 2, nameField = 8;
        var tensor = new ProtoMessage();
        foreach (var size in shape)
        {
            tensor.Int(dimensions, size);
        }

        return tensor.Int(dataType, (int)type).Text(nameField, name);
    }

    private static ProtoMessage External(PlannedTensor weight, string file, long offset)
    {
        const int externalData = 13, dataLocation = 14, isExternal = 1;
        var tensor = Tensor(weight.Name, OnnxType.Float, weight.Shape);
        foreach (var (key, value) in ((string, string)[])[
            ("location", file), ("offset", offset.ToString(CultureInfo.InvariantCulture)), ("length", (weight.Count * sizeof(float)).ToString(CultureInfo.InvariantCulture))])
        {
            tensor.Message(externalData, new ProtoMessage().Text(1, key).Text(2, value));
        }

        return tensor.Int(dataLocation, isExternal);
    }

    private static ProtoMessage ValueInfo(string name, OnnxType type, object[] shape)
    {
        var sizes = new ProtoMessage();
        foreach (var size in shape)
        {
            sizes.Message(1, size is string variable ? new ProtoMessage().Text(2, variable) : new ProtoMessage().Int(1, Convert.ToInt64(size, CultureInfo.InvariantCulture)));
        }

        var tensor = new ProtoMessage().Int(1, (int)type).Message(2, sizes);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }

    // Aligned to pages, so that the weights can be mapped.
    private static Dictionary<PlannedTensor, long> Offsets(List<PlannedTensor> weights)
    {
        var offsets = new Dictionary<PlannedTensor, long>(ReferenceEqualityComparer.Instance);
        var end = 0L;
        foreach (var weight in weights)
        {
            var offset = (end + DataAlignment - 1) / DataAlignment * DataAlignment;
            offsets.Add(weight, offset);
            end = offset + (weight.Count * sizeof(float));
        }

        return offsets;
    }
}
