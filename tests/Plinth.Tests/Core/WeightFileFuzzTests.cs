using System.Buffers.Binary;
using System.Diagnostics;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Xunit;

namespace Plinth.Tests.Core;

/// <summary>Random damage to sound files: whatever it does, the answer is weights or one typed error, soon and without more memory than the file is worth.</summary>
public class WeightFileFuzzTests
{
    // PLINTH_FUZZ_ROUNDS=100000 for a long search.
    private static readonly int rounds = int.TryParse(Environment.GetEnvironmentVariable("PLINTH_FUZZ_ROUNDS"), out var chosen) ? chosen : 1500;

    private const long ManagedAllowance = 8 << 20;

    [Theory]
    [InlineData("bert-base-fp16file", "model.safetensors")]
    [InlineData("gpt2-lm-sharded", "model-00002-of-00002.safetensors")]
    [InlineData("gpt2-lm-sharded", "model.safetensors.index.json")]
    [InlineData("bert-sequence-classification-ptbin", "pytorch_model.bin")]
    public void Damaged_files_give_weights_or_a_typed_error(string folder, string file)
    {
        using var scratch = new ScratchFolder();
        foreach (var path in Directory.GetFiles(Fixtures.Folder(folder)))
        {
            File.Copy(path, scratch[Path.GetFileName(path)]);
        }

        var sound = File.ReadAllBytes(scratch[file]);
        int refused = 0, accepted = 0;
        for (var seed = 0; seed < rounds; seed++)
        {
            scratch.Write(file, Damage(sound, new Random(seed)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                WeightFixtures.ReadAll(() => WeightFiles.OpenFile(scratch[file]));
                accepted++;
            }
            catch (CheckpointException error)
            {
                refused++;
                Assert.Contains(scratch.Path, error.Message, StringComparison.Ordinal);
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"seed {seed} took {watch.Elapsed}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (20 * sound.Length) + ManagedAllowance);
        }

        Assert.True(refused > rounds / 10, $"{refused} refused");
        Assert.True(accepted > 0, "none accepted, so that nothing but the first check was met");
    }

    private static byte[] Damage(byte[] sound, Random random)
    {
        var bytes = sound.ToArray();
        // Most of the structure is at the ends: header first, a zip's directory last.
        int Position() => random.Next(3) switch
        {
            0 => random.Next(Math.Min(bytes.Length, 4096)),
            1 => bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 4096)),
            _ => random.Next(bytes.Length),
        };
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            switch (random.Next(7))
            {
                case 0:
                    bytes[Position()] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[Position()] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes = bytes[..Math.Max(1, random.Next(2) == 0 ? random.Next(bytes.Length) : bytes.Length - random.Next(16))];
                    break;
                case 3:
                    bytes = [.. bytes, .. new byte[random.Next(1, 64)]];
                    break;
                case 4 when bytes.Length >= 8:
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Math.Min(Position(), bytes.Length - 8)), random.NextInt64());
                    break;
                case 5:
                    // A digit for another keeps JSON whole and changes its meaning.
                    var digits = bytes.Index().Where(pair => pair.Index < 4096 && char.IsAsciiDigit((char)pair.Item)).ToList();
                    bytes[digits.Count == 0 ? Position() : digits[random.Next(digits.Count)].Index] = (byte)('0' + random.Next(10));
                    break;
                default:
                    int from = Position(), to = Position(), length = Math.Min(random.Next(1, 64), bytes.Length - Math.Max(from, to));
                    Array.Copy(bytes, from, bytes, to, length);
                    break;
            }
        }

        return bytes;
    }
}
