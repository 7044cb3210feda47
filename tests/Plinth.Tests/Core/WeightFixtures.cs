using System.Buffers.Binary;
using System.Text;
using Plinth.Core.Checkpoints;

namespace Plinth.Tests.Core;

/// <summary>Bytes that the tests of weight files share.</summary>
internal static class WeightFixtures
{
    /// <summary>A safetensors file from a header text and data, however wrong.</summary>
    public static byte[] Safetensors(string header, int dataLength = 0, long? claimed = null) => Safetensors(Encoding.UTF8.GetBytes(header), dataLength, claimed);

    public static byte[] Safetensors(byte[] header, int dataLength = 0, long? claimed = null)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimed ?? header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    /// <summary>Opens a source and reads every entry of it.</summary>
    public static int ReadAll(Func<IWeightSource> open)
    {
        using var source = open();
        foreach (var (name, entry) in source.Entries)
        {
            using var tensor = source.Read(name);
            if (!tensor.shape.SequenceEqual(entry.Shape) || tensor.dtype != entry.Type)
            {
                throw new InvalidOperationException($"{name} is not what its entry says");
            }
        }

        return source.Entries.Count;
    }
}

/// <summary>A folder that is deleted at the end of a test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("plinth-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
