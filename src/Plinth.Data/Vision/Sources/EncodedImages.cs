using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A picture file on disk.</summary>
/// <param name="path">The file.</param>
/// <param name="options">Limits and rules.</param>
public sealed class FileImage(string path, ImageDecodingOptions? options = null) : ImageSource
{
    /// <inheritdoc />
    public override string Name => path;

    /// <inheritdoc />
    public override RgbImage Load(RgbColor? background = null) => ImageDecoder.Load(path, ImageDecodingOptions.Over(options, background));
}

/// <summary>The bytes of a picture file, in memory.</summary>
/// <param name="bytes">The whole file.</param>
/// <param name="name">Its name for messages.</param>
/// <param name="options">Limits and rules.</param>
public sealed class EncodedImage(ReadOnlyMemory<byte> bytes, string name, ImageDecodingOptions? options = null) : ImageSource
{
    /// <inheritdoc />
    public override string Name => name;

    /// <inheritdoc />
    public override RgbImage Load(RgbColor? background = null) => ImageDecoder.Decode(bytes.Span, name, ImageDecodingOptions.Over(options, background));
}

/// <summary>An entry of a zip archive.</summary>
internal sealed class ArchiveImage(ImageArchive archive, string entry, ImageDecodingOptions options) : ImageSource
{
    public override string Name => archive.NameOf(entry);

    public override RgbImage Load(RgbColor? background = null) =>
        ImageDecoder.Decode(archive.Read(entry, options.Limits), Name, ImageDecodingOptions.Over(options, background));
}
