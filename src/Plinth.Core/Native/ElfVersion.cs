using System.Buffers.Binary;

namespace Plinth.Core.Native;

/// <summary>
/// Makes a symbol version that an ELF image asks for optional. The TorchSharp shim is built against a newer libstdc++ than
/// Debian 12 and Ubuntu 22.04 have, yet needs nothing from it but the version's name, so that a weak requirement loads and works.
/// </summary>
internal static class ElfVersion
{
    private const uint VersionNeedSection = 0x6FFFFFFE; // SHT_GNU_verneed
    private const byte Weak = 2;                        // VER_FLG_WEAK

    /// <summary>Marks one required version as weak, in place.</summary>
    /// <param name="image">A whole ELF64 little-endian file.</param>
    /// <param name="version">For example "GLIBCXX_3.4.32".</param>
    /// <returns>Whether the image asks for that version.</returns>
    public static bool Weaken(Span<byte> image, ReadOnlySpan<byte> version)
    {
        if (image.Length < 64 || !image.StartsWith("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
        {
            return false;
        }
        var sections = (int)BinaryPrimitives.ReadInt64LittleEndian(image[0x28..]);
        int entrySize = Word16(image, 0x3A), count = Word16(image, 0x3C);
        var found = false;
        for (var i = 0; i < count; i++)
        {
            var header = sections + (i * entrySize);
            if ((uint)Word32(image, header + 4) != VersionNeedSection)
            {
                continue;
            }
            var strings = Word32(image, sections + (Word32(image, header + 40) * entrySize) + 24);
            found |= WeakenIn(image, Word32(image, header + 24), strings, version);
        }
        return found;
    }

    // The section is a linked list of libraries, each with a linked list of versions; links are byte offsets, 0 ends.
    private static bool WeakenIn(Span<byte> image, int library, int strings, ReadOnlySpan<byte> version)
    {
        var found = false;
        while (true)
        {
            var entry = library + Word32(image, library + 8);
            for (var k = Word16(image, library + 2); k > 0; k--)
            {
                var name = image[(strings + Word32(image, entry + 8))..];
                if (name.StartsWith(version) && name[version.Length] == 0)
                {
                    image[entry + 4] |= Weak;
                    found = true;
                }
                entry += Word32(image, entry + 12);
            }
            var next = Word32(image, library + 12);
            if (next == 0)
            {
                return found;
            }
            library += next;
        }
    }

    private static int Word16(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image[offset..]);

    private static int Word32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadInt32LittleEndian(image[offset..]);
}
