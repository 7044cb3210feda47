using System.Collections.Concurrent;
using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public sealed class TorchLanesTests
{
    [Fact]
    public void Each_piece_is_done_once_whatever_the_lanes()
    {
        foreach (var count in new[] { 0, 1, 2, 1_000 })
        {
            var done = new int[count];
            TorchLanes.Run(count, piece => Interlocked.Increment(ref done[piece]), TestContext.Current.CancellationToken);
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void A_lane_computes_alone_and_the_caller_keeps_its_threads()
    {
        Assert.SkipUnless(TorchLanes.Count > 1, "Torch has one thread here, or its threads cannot be told apart.");
        var before = get_num_threads();
        var threads = new ConcurrentBag<(int Thread, int Torch)>();
        using var together = new Barrier(2);
        TorchLanes.Run(2, _ =>
        {
            threads.Add((Environment.CurrentManagedThreadId, get_num_threads()));
            Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }, TestContext.Current.CancellationToken);
        Assert.Equal(2, threads.Select(seen => seen.Thread).Distinct().Count());
        Assert.All(threads, seen => Assert.Equal(1, seen.Torch));
        Assert.Equal(before, get_num_threads());
    }

    [Fact]
    public void A_job_within_a_lane_is_done_by_that_lane()
    {
        var inner = new ConcurrentBag<bool>();
        TorchLanes.Run(4, _ =>
        {
            var lane = Environment.CurrentManagedThreadId;
            TorchLanes.Run(3, _ => inner.Add(Environment.CurrentManagedThreadId == lane), TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Repeat(true, 12), inner);
    }

    [Fact]
    public void A_failure_and_an_end_reach_the_caller_and_the_next_job_runs()
    {
        var error = Assert.Throws<PlinthException>(() => TorchLanes.Run(100, piece =>
        {
            if (piece == 7)
            {
                throw new PlinthException("Piece 7.");
            }
        }, TestContext.Current.CancellationToken));
        Assert.Equal("Piece 7.", error.Message);
        using var stop = new CancellationTokenSource();
        var done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => TorchLanes.Run(1_000_000, _ =>
        {
            if (Interlocked.Increment(ref done) == 10)
            {
                stop.Cancel();
            }
        }, stop.Token));
        Assert.InRange(done, 10, 999_999);
        Each_piece_is_done_once_whatever_the_lanes();
    }

    [Fact]
    public void Garbage_is_collected_between_pieces_and_scalars_stay_whole()
    {
        using var one = ones(64, 64);
        var collections = GC.CollectionCount(0);
        TorchLanes.Run(600, piece =>
        {
            using var scope = NewDisposeScope();
            // A megabyte of garbage a piece, and scalars that a collection in the middle would free.
            var garbage = new byte[1 << 20];
            var sum = one;
            for (var i = 0; i < 20; i++)
            {
                sum = (sum * 2) - (one * (garbage.Length >> 20));
            }

            Assert.Equal(64 * 64, sum.sum().ToDouble());
        }, TestContext.Current.CancellationToken);
        Assert.True(GC.CollectionCount(0) > collections);
    }

    [Fact]
    public void Many_jobs_leave_memory_as_it_is()
    {
        using var weight = randn(256, 256);
        Jobs(30);
        var before = NativeHeap.InUse;
        Jobs(100);
        Assert.InRange(NativeHeap.InUse - before, long.MinValue, 16L << 20);

        void Jobs(int count)
        {
            for (var job = 0; job < count; job++)
            {
                TorchLanes.Run(8, piece =>
                {
                    using var quiet = no_grad();
                    using var scope = NewDisposeScope();
                    Assert.Equal(512, nn.functional.linear(nn.functional.linear(ones(512, 256), weight), weight).size(0));
                }, TestContext.Current.CancellationToken);
            }
        }
    }
}
