using System.Globalization;

namespace Plinth.Export.Onnx;

/// <summary>Element types of ONNX that are used here; the numbers are the format's.</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Boolean = 9,
}

/// <summary>A graph of ONNX operators while it is built. Values are known by their names.</summary>
internal sealed class OnnxGraph
{
    private const int NodeInput = 1, NodeOutput = 2, NodeName = 3, NodeType = 4, NodeAttribute = 5;
    private const int FloatAttribute = 1, IntAttribute = 2, IntsAttribute = 7;

    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private int counter;

    /// <summary>NodeProto messages in an order in which they can be computed.</summary>
    public List<ProtoMessage> Nodes { get; } = [];

    /// <summary>Weights.</summary>
    public List<PlannedTensor> Weights { get; } = [];

    /// <summary>Small tensors of whole numbers or floats: name, type, sizes, bytes.</summary>
    public List<(string Name, OnnxType Type, long[] Shape, byte[] Bytes)> Constants { get; } = [];

    /// <summary>What the caller gives: name, type, sizes (a number or a name for one that may vary).</summary>
    public List<(string Name, OnnxType Type, object[] Shape)> Inputs { get; } = [];

    /// <summary>What the caller gets.</summary>
    public List<(string Name, OnnxType Type, object[] Shape)> Outputs { get; } = [];

    /// <summary>Where the next nodes belong, for their names.</summary>
    public string Scope { get; set; } = "";

    /// <summary>Declares an input.</summary>
    public string Input(string name, OnnxType type, params object[] shape)
    {
        Inputs.Add((name, type, shape));
        return name;
    }

    /// <summary>Declares an output.</summary>
    /// <param name="value">The value, which gets the output's name.</param>
    /// <param name="name">The output's name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes.</param>
    public void Output(string value, string name, OnnxType type, params object[] shape)
    {
        Nodes.Add(Node("Identity", [value], [name], []));
        Outputs.Add((name, type, shape));
    }

    /// <summary>A weight.</summary>
    public string Weight(PlannedTensor tensor)
    {
        Weights.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A tensor of whole numbers.</summary>
    public string Longs(params long[] values) => Constant("longs", OnnxType.Int64, values.Length, [.. values.SelectMany(BitConverter.GetBytes)], string.Join('_', values));

    /// <summary>A scalar whole number.</summary>
    public string Long(long value) => Constant("long", OnnxType.Int64, null, BitConverter.GetBytes(value), value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A scalar.</summary>
    public string Number(double value) => Constant("number", OnnxType.Float, null, BitConverter.GetBytes((float)value), ((float)value).ToString("R", CultureInfo.InvariantCulture));

    /// <summary>A vector of floats.</summary>
    public string Numbers(string name, float[] values)
    {
        Constants.Add((name, OnnxType.Float, [values.Length], [.. values.SelectMany(BitConverter.GetBytes)]));
        return name;
    }

    /// <summary>Adds an operator with one result.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="attributes">A long, a long[] or a float by name.</param>
    public string Op(string type, string[] inputs, params (string Name, object Value)[] attributes) => Op(type, 1, inputs, attributes)[0];

    /// <summary>Adds an operator with several results.</summary>
    public string[] Op(string type, int outputCount, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var stem = string.Create(CultureInfo.InvariantCulture, $"{Scope}/{type}_{counter++}");
        string[] outputs = [.. Enumerable.Range(0, outputCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{stem}:{i}"))];
        Nodes.Add(Node(type, inputs, outputs, attributes, stem));
        return outputs;
    }

    private string Constant(string kind, OnnxType type, int? length, byte[] bytes, string content)
    {
        var key = $"const.{kind}.{content}";
        if (constants.TryAdd(key, key))
        {
            Constants.Add((key, type, length is { } count ? [count] : [], bytes));
        }

        return key;
    }

    private static ProtoMessage Node(string type, string[] inputs, string[] outputs, (string Name, object Value)[] attributes, string? name = null)
    {
        var node = new ProtoMessage();
        foreach (var input in inputs)
        {
            node.Text(NodeInput, input);
        }

        foreach (var output in outputs)
        {
            node.Text(NodeOutput, output);
        }

        node.Text(NodeName, name ?? "output/" + outputs[0]).Text(NodeType, type);
        foreach (var (attribute, value) in attributes)
        {
            node.Message(NodeAttribute, Attribute(attribute, value));
        }

        return node;
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        const int nameField = 1, floatField = 2, intField = 3, intsField = 8, typeField = 20;
        var attribute = new ProtoMessage().Text(nameField, name);
        switch (value)
        {
            case int number:
                return attribute.Int(intField, number).Int(typeField, IntAttribute);
            case float number:
                return attribute.Float(floatField, number).Int(typeField, FloatAttribute);
            case long[] numbers:
                foreach (var number in numbers)
                {
                    attribute.Int(intsField, number);
                }

                return attribute.Int(typeField, IntsAttribute);
            default:
                throw new ArgumentException($"No attribute can hold {value.GetType()}.", nameof(value));
        }
    }
}
