using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

[Collection(AloneInProcess.Name)]
public sealed class TorchMemoryTests
{
    [Fact]
    public void Holes_between_tensors_are_given_back()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Only glibc keeps the holes.");
        }

        // Blocks below the size that the C library asks the system for singly, so that they lie in one heap; some stay.
        const int count = 8_000, floats = 25_000;
        var tensors = Enumerable.Range(0, count).Select(_ => ones(floats)).ToList();
        for (var i = 0; i < count; i++)
        {
            if (i % 50 != 0)
            {
                tensors[i].Dispose();
            }
        }

        var before = Environment.WorkingSet;
        TorchMemory.GiveBack();
        Assert.True(before - Environment.WorkingSet > 400_000_000, $"{before} before, {Environment.WorkingSet} after.");
        tensors.ForEach(tensor => tensor.Dispose());
    }
}
