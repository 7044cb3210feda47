using System.Collections.Concurrent;
using Plinth.Data.Batching;

namespace Plinth.Tests.Data.Batching;

public sealed class LengthBatchesTests
{
    [Fact]
    public void Answers_stand_in_the_order_of_the_items()
    {
        int[] lengths = [3, 9, 1, 9, 4, 7];
        List<int[]> batches = [];
        var answers = LengthBatches.Map<int, string>(lengths, length => length, 2, batch =>
        {
            batches.Add([.. batch]);
            return [.. batch.Select(length => $"{length}")];
        }, TestContext.Current.CancellationToken);
        Assert.Equal(lengths.Select(length => $"{length}"), answers);
        Assert.Equal([[9, 9], [7, 4], [3, 1]], batches);
    }

    [Fact]
    public void Lanes_answer_the_same_in_smaller_parts()
    {
        var random = new Random(1);
        (int Number, int Length)[] items = [.. Enumerable.Range(0, 500).Select(number => (number, random.Next(1, 300)))];
        var batches = new ConcurrentQueue<int[]>();
        var answers = LengthBatches.MapInLanes<(int Number, int Length), int>(items, item => item.Length, 32, batch =>
        {
            batches.Enqueue([.. batch.Select(item => item.Length)]);
            return [.. batch.Select(item => item.Number)];
        }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 500), answers);
        Assert.True(batches.TryDequeue(out var first));
        Assert.Equal(items.Select(item => item.Length).OrderDescending().Take(32), first);
        Assert.All(batches, batch => Assert.True(batch.Length == 1 || batch.Length * batch.Max() <= 1_024));
        Assert.All(batches, batch => Assert.InRange(batch.Length, 1, 32));
    }

    [Fact]
    public void What_is_set_up_needs_no_first_batch()
    {
        var batches = new ConcurrentQueue<int>();
        var answers = LengthBatches.MapInLanes<int, int>([.. Enumerable.Range(0, 100)], _ => 200, 32, batch =>
        {
            batches.Enqueue(batch.Count);
            return batch;
        }, isSetUp: true, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 100), answers);
        Assert.All(batches, count => Assert.InRange(count, 1, 5));
    }

    [Fact]
    public void Short_and_empty_jobs_need_no_lanes()
    {
        var thread = Environment.CurrentManagedThreadId;
        Assert.Empty(LengthBatches.MapInLanes<int, int>([], length => length, 4, batch => batch, cancellation: TestContext.Current.CancellationToken));
        Assert.All(
            LengthBatches.MapInLanes<int, int>([.. Enumerable.Range(0, 100)], length => length, 4, batch => [.. batch.Select(_ => Environment.CurrentManagedThreadId)], cancellation: TestContext.Current.CancellationToken),
            seen => Assert.Equal(thread, seen));
    }
}
