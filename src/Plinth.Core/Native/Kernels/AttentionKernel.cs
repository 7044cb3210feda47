using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Attention on the processor, a head and a few queries at a time, so that scores never leave the caches and those that a causal
/// model hides are not computed (Dao et al. 2022, arXiv:2205.14135; all keys of a few queries fit into a cache, so no running
/// maximum is needed). Products of bfloat16 are summed in float32, and weights and their gradients are rounded to bfloat16 before they are multiplied, as
/// libtorch's fused kernel rounds them; all else is float32. A head's result does not depend on the number of threads.
/// </summary>
/// <remarks>
/// Measured once beside libtorch's fused kernel, forward and backward, 16 × 6 heads of 64 over 256 positions, one thread of an AMD EPYC (Zen 5): 22 ms
/// of processor time against 96 in bfloat16, 35 against 85 in float32.
/// </remarks>
public static unsafe class AttentionKernel
{
    /// <summary>More keys than that would not fit into a cache.</summary>
    public const long MostKeys = 8192;

    private const int Block = 64;

    /// <summary>What attends to what.</summary>
    /// <param name="Queries"><c>[batch, heads, query, head]</c>; the numbers of a head lie one after the other.</param>
    /// <param name="Keys"><c>[batch, key heads, key, head]</c>, the same.</param>
    /// <param name="Values">As the keys.</param>
    /// <param name="KeyBias">Added to the scores of a key, or null; float32 <c>[batch or 1, key]</c>, contiguous.</param>
    /// <param name="Scale">What scores are multiplied by.</param>
    /// <param name="IsCausal">Whether a query sees only keys up to its own position; there are as many queries as keys then.</param>
    public sealed record Inputs(Tensor Queries, Tensor Keys, Tensor Values, Tensor? KeyBias, double Scale, bool IsCausal);

    /// <summary>Whether this machine has what it takes for some numbers at least.</summary>
    public static bool IsAvailable => MatrixKernel.IsAvailable<Float32Numbers>();

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="queries"><c>[batch, heads, query, head]</c>.</param>
    /// <param name="keyCount">How many keys there are.</param>
    public static bool Suits(Tensor queries, long keyCount)
    {
        ArgumentNullException.ThrowIfNull(queries);
        return IsAvailable && RowKernel.Suits(queries) && queries.numel() > 0 && keyCount is > 0 and <= MostKeys
            // Two numbers of a bfloat16 head are a word.
            && (queries.dtype == ScalarType.Float32 || (MatrixKernel.IsAvailable<BFloat16Numbers>() && queries.size(3) % 2 == 0));
    }

    /// <summary>Attends.</summary>
    /// <param name="inputs">Queries, keys and values.</param>
    /// <returns>
    /// The mixed values, <c>[batch, heads, query, head]</c>, a view of a contiguous <c>[batch, query, heads, head]</c>; and of each query the largest
    /// score and the reciprocal of its sum, float32 <c>[batch · heads, query, 2]</c>, which the way back needs.
    /// </returns>
    public static (Tensor Mixed, Tensor Sums) Forward(Inputs inputs)
    {
        var mixed = Like(inputs.Queries);
        var sums = empty([inputs.Queries.size(0) * inputs.Queries.size(1), inputs.Queries.size(2), 2], ScalarType.Float32);
        var job = Describe(inputs, sums) with { Mixed = HeadRows.Of(mixed) };
        using var memory = new RowMemory((4 * job.PaddedKeys * job.Size) + (2 * job.BlockSize * job.Size) + (job.BlockSize * job.PaddedKeys) + job.PaddedKeys);
        job.Scratch = memory.Shares;
        var items = job.Batch * job.Heads * RowMath.Pieces(job.QueryCount, job.BlockSize);
        RowKernel.Run(items, 1, inputs.Queries.dtype == ScalarType.Float32 ? &ForwardFloat32 : &ForwardBFloat16, job);
        Keep(inputs, mixed);
        return (mixed, sums);
    }

    /// <summary>The gradients of queries, keys and values.</summary>
    /// <param name="inputs">As they went in.</param>
    /// <param name="mixed">What came out.</param>
    /// <param name="sums">The same.</param>
    /// <param name="gradient">Gradient of what came out; <c>[batch, heads, query, head]</c>, the numbers of a head one after the other.</param>
    /// <returns>Each as its input, a view of a contiguous <c>[batch, position, heads, head]</c>.</returns>
    public static (Tensor Queries, Tensor Keys, Tensor Values) Backward(Inputs inputs, Tensor mixed, Tensor sums, Tensor gradient)
    {
        var (queries, keys, values) = (Like(inputs.Queries), Like(inputs.Keys), Like(inputs.Values));
        var job = Describe(inputs, sums) with
        {
            Mixed = HeadRows.Of(mixed), Gradient = HeadRows.Of(gradient), QueryGradient = HeadRows.Of(queries), KeyGradient = HeadRows.Of(keys), ValueGradient = HeadRows.Of(values),
        };
        using var memory = new RowMemory(
            (5 * job.PaddedKeys * job.Size) + (8 * job.BlockSize * job.Size) + (3 * job.BlockSize * job.PaddedKeys) + job.PaddedKeys + (3 * job.BlockSize));
        job.Scratch = memory.Shares;
        RowKernel.Run(job.Batch * job.KeyHeads, 1, inputs.Queries.dtype == ScalarType.Float32 ? &BackwardFloat32 : &BackwardBFloat16, job);
        Keep(inputs, mixed);
        GC.KeepAlive(gradient);
        return (queries, keys, values);
    }

    private static Tensor Like(Tensor heads) =>
        empty([heads.size(0), heads.size(2), heads.size(1), heads.size(3)], heads.dtype).transpose(1, 2);

    private static Job Describe(Inputs inputs, Tensor sums)
    {
        var (queries, keys) = (inputs.Queries, inputs.Keys);
        var queryCount = queries.size(2);
        // Few different sizes, since each takes a kernel of its own: blocks of 64 keys, or of 16 where there are not so many.
        var keyStep = keys.size(2) < Block ? RowMath.Width : Block;
        return new()
        {
            Queries = HeadRows.Of(queries), Keys = HeadRows.Of(keys), Values = HeadRows.Of(inputs.Values),
            Sums = (float*)TensorMemory.AddressOf(sums),
            KeyBias = (float*)RowKernel.AddressOf(inputs.KeyBias),
            BiasStride = inputs.KeyBias is { } each && each.size(0) > 1 ? keys.size(2) : 0,
            Batch = queries.size(0), Heads = queries.size(1), KeyHeads = keys.size(1), QueryCount = queryCount, KeyCount = keys.size(2), Size = queries.size(3),
            BlockSize = Math.Min(Block, RowMath.Padded(queryCount)), KeyStep = keyStep,
            PaddedKeys = RowMath.Pieces(keys.size(2), keyStep) * keyStep,
            Scale = (float)inputs.Scale, IsCausal = inputs.IsCausal,
        };
    }

    private static void Keep(Inputs inputs, Tensor mixed)
    {
        GC.KeepAlive(inputs);
        GC.KeepAlive(mixed);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardFloat32(long begin, long end, nint job) => Forward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardBFloat16(long begin, long end, nint job) => Forward<BFloat16Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardFloat32(long begin, long end, nint job) => Backward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardBFloat16(long begin, long end, nint job) => Backward<BFloat16Numbers>(begin, end, (Job*)job);

    // The blocks of queries of all heads are numbered through; a head's keys are made ready when its first block comes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, padded, block) = (job->Size, job->PaddedKeys, job->BlockSize);
        var scratch = new RowScratch(job->Scratch);
        float* rows = scratch.Take(padded * size), keys = scratch.Take(padded * size), valueRows = scratch.Take(padded * size), values = scratch.Take(padded * size);
        float* queries = scratch.Take(block * size), mixed = scratch.Take(block * size), scores = scratch.Take(block * padded), bias = scratch.Take(padded);
        var blocks = RowMath.Pieces(job->QueryCount, block);
        var ready = -1L;
        float* rightValues = null;
        for (var item = begin; item < end; item++)
        {
            var (head, first) = (item / blocks, item % blocks * block);
            var (batch, keyHead) = (head / job->Heads, head % job->Heads / (job->Heads / job->KeyHeads));
            if (ready != (batch * job->KeyHeads) + keyHead)
            {
                ready = (batch * job->KeyHeads) + keyHead;
                RowCopies.Copy<T>(job->Keys.At(batch, keyHead, 0), job->Keys.Row, job->KeyCount, size, rows);
                MatrixKernel.TurnToRight<T>(rows, padded, size, keys);
                RowCopies.Copy<T>(job->Values.At(batch, keyHead, 0), job->Values.Row, job->KeyCount, size, valueRows);
                rightValues = MatrixKernel.ToRight<T>(valueRows, size, padded, size, values);
                ReadBias(job, batch, bias);
            }

            var count = Math.Min(block, job->QueryCount - first);
            RowCopies.Copy<T>(job->Queries.At(batch, head % job->Heads, first), job->Queries.Row, count, size, queries);
            var reach = Reach(job, first, count);
            MatrixKernel.Multiply<T>(queries, size, keys, padded, scores, padded, block, size, reach);
            var sums = job->Sums + (((head * job->QueryCount) + first) * 2);
            for (var row = 0L; row < count; row++)
            {
                var seen = job->IsCausal ? first + row + 1 : job->KeyCount;
                (sums[row * 2], sums[(row * 2) + 1]) = Weigh<T>(scores + (row * padded), job->KeyBias == null ? null : bias, job->Scale, seen, reach);
            }

            MatrixKernel.Multiply<T>(scores, padded * T.OfWord, rightValues, size, mixed, size, block, reach, size);
            for (var row = 0L; row < count; row++)
            {
                RowCopies.Write<T>(mixed + (row * size), sums[(row * 2) + 1], size, job->Mixed.At(batch, head % job->Heads, first + row));
            }
        }

        MatrixKernel.Release<T>();
    }

    // Scores of one query become e to their power less the largest, those of keys that are not seen 0; they are numbers of T then, which begin where
    // the scores began.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Largest, float Reciprocal) Weigh<T>(float* scores, float* bias, float scale, long seen, long reach)
        where T : struct, IRowNumbers
    {
        for (var key = seen; key % RowMath.Width != 0; key++)
        {
            scores[key] = float.NegativeInfinity;
        }

        var largest = Vector512.Create(float.NegativeInfinity);
        for (var key = 0L; key < seen; key += RowMath.Width)
        {
            var score = Vector512.Load(scores + key) * scale;
            score = bias == null ? score : score + Vector512.Load(bias + key);
            score.Store(scores + key);
            largest = Vector512.Max(largest, score);
        }

        var top = RowMath.Largest(largest);
        var sum = RowMath.Exponentiate<T>(scores, seen, top);
        for (var key = RowMath.Padded(seen); key < reach; key += RowMath.Width)
        {
            T.Store(Vector512<float>.Zero, (byte*)scores + (key * T.Size));
        }

        return (top, 1 / sum);
    }

    // Keys go down and queries across, so that only small matrices have to be turned around. All queries that share a key head are one
    // piece of work, since they add to the same gradients.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, padded, block) = (job->Size, job->PaddedKeys, job->BlockSize);
        var scratch = new RowScratch(job->Scratch);
        var matrices = new BackwardMatrices
        {
            Keys = scratch.Take(padded * size), TurnedKeys = scratch.Take(padded * size), Values = scratch.Take(padded * size),
            KeyGradient = scratch.Take(padded * size), ValueGradient = scratch.Take(padded * size),
            Queries = scratch.Take(block * size), TurnedQueries = scratch.Take(block * size), RightQueries = scratch.Take(block * size),
            Gradient = scratch.Take(block * size), TurnedGradient = scratch.Take(block * size), RightGradient = scratch.Take(block * size),
            QueryGradient = scratch.Take(block * size), TurnedQueryGradient = scratch.Take(block * size),
            Weights = scratch.Take(block * padded), Changes = scratch.Take(block * padded), RightChanges = scratch.Take(block * padded), Bias = scratch.Take(padded),
            Largest = scratch.Take(block), Reciprocals = scratch.Take(block), Shares = scratch.Take(block),
        };
        var groups = job->Heads / job->KeyHeads;
        for (var item = begin; item < end; item++)
        {
            var (batch, keyHead) = (item / job->KeyHeads, item % job->KeyHeads);
            RowCopies.Copy<T>(job->Keys.At(batch, keyHead, 0), job->Keys.Row, job->KeyCount, size, matrices.Keys);
            // The memory of their gradient serves on the way.
            MatrixKernel.TurnToLeft<T>(MatrixKernel.ToRight<T>(matrices.Keys, size, padded, size, matrices.KeyGradient), padded, size, matrices.TurnedKeys);
            RowCopies.Copy<T>(job->Values.At(batch, keyHead, 0), job->Values.Row, job->KeyCount, size, matrices.Values);
            ReadBias(job, batch, matrices.Bias);
            new Span<float>(matrices.KeyGradient, checked((int)(padded * size))).Clear();
            new Span<float>(matrices.ValueGradient, checked((int)(padded * size))).Clear();
            for (var head = keyHead * groups; head < (keyHead + 1) * groups; head++)
            {
                for (var first = 0L; first < job->QueryCount; first += block)
                {
                    BackwardBlock<T>(job, in matrices, batch, head, first);
                }
            }

            for (var key = 0L; key < job->KeyCount; key++)
            {
                RowCopies.Write<T>(matrices.KeyGradient + (key * size), 1, size, job->KeyGradient.At(batch, keyHead, key));
                RowCopies.Write<T>(matrices.ValueGradient + (key * size), 1, size, job->ValueGradient.At(batch, keyHead, key));
            }
        }

        MatrixKernel.Release<T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardBlock<T>(Job* job, in BackwardMatrices m, long batch, long head, long first)
        where T : struct, IRowNumbers
    {
        var (size, padded, block) = (job->Size, job->PaddedKeys, job->BlockSize);
        var count = Math.Min(block, job->QueryCount - first);
        Clear<T>(m.Queries, count, block, size);
        Clear<T>(m.Gradient, count, block, size);
        RowCopies.Copy<T>(job->Queries.At(batch, head, first), job->Queries.Row, count, size, m.Queries);
        RowCopies.Copy<T>(job->Gradient.At(batch, head, first), job->Gradient.Row, count, size, m.Gradient);
        MatrixKernel.TurnToRight<T>(m.Queries, block, size, m.TurnedQueries);
        MatrixKernel.TurnToRight<T>(m.Gradient, block, size, m.TurnedGradient);
        var sums = job->Sums + ((((batch * job->Heads) + head) * job->QueryCount) + first) * 2;
        for (var row = 0L; row < block; row++)
        {
            var isThere = row < count;
            (m.Largest[row], m.Reciprocals[row]) = isThere ? (sums[row * 2], sums[(row * 2) + 1]) : (0, 0);
            m.Shares[row] = isThere ? Dot<T>(job->Gradient.At(batch, head, first + row), job->Mixed.At(batch, head, first + row), size) : 0;
        }

        var reach = Reach(job, first, count);
        MatrixKernel.Multiply<T>(m.Keys, size, m.TurnedQueries, block, m.Weights, block, reach, size, block);
        MatrixKernel.Multiply<T>(m.Values, size, m.TurnedGradient, block, m.Changes, block, reach, size, block);
        for (var key = 0L; key < reach; key++)
        {
            Differentiate<T>(job, in m, key, first);
        }

        var stride = block * T.OfWord;
        MatrixKernel.Multiply<T>(
            m.Weights, stride, MatrixKernel.ToRight<T>(m.Gradient, size, block, size, m.RightGradient), size, m.ValueGradient, size, reach, block, size, adds: true);
        MatrixKernel.Multiply<T>(
            m.Changes, stride, MatrixKernel.ToRight<T>(m.Queries, size, block, size, m.RightQueries), size, m.KeyGradient, size, reach, block, size, adds: true);
        MatrixKernel.Multiply<T>(
            m.TurnedKeys, padded, MatrixKernel.ToRight<T>(m.Changes, stride, reach, block, m.RightChanges), block, m.TurnedQueryGradient, block, size, reach, block);
        RowCopies.Turn(m.TurnedQueryGradient, size, block, m.QueryGradient, size);
        for (var row = 0L; row < count; row++)
        {
            RowCopies.Write<T>(m.QueryGradient + (row * size), 1, size, job->QueryGradient.At(batch, head, first + row));
        }
    }

    // With weights p, their gradients g and s = Σ p·g over the keys of a query, the gradient of a score is p·(g − s). Weights and gradients are numbers of T
    // then, which begin where the scores and the gradients of the weights began.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Differentiate<T>(Job* job, in BackwardMatrices m, long key, long first)
        where T : struct, IRowNumbers
    {
        var block = job->BlockSize;
        float* weights = m.Weights + (key * block), changes = m.Changes + (key * block);
        var (scale, bias) = (job->Scale, m.Bias[key]);
        // The first query that sees this key.
        var from = key >= job->KeyCount ? block : job->IsCausal ? key - first : 0;
        for (var row = 0L; row < block; row += RowMath.Width)
        {
            var score = (Vector512.Load(weights + row) * scale) + Vector512.Create(bias);
            var weight = RowMath.Exp(score - Vector512.Load(m.Largest + row)) * Vector512.Load(m.Reciprocals + row);
            if (from > row)
            {
                weight = Vector512.ConditionalSelect(
                    Vector512.LessThan(Vector512.CreateSequence(row, 1f), Vector512.Create((float)from)), Vector512<float>.Zero, weight);
            }

            T.Store(weight, (byte*)weights + (row * T.Size));
            T.Store(weight * (Vector512.Load(changes + row) - Vector512.Load(m.Shares + row)) * scale, (byte*)changes + (row * T.Size));
        }
    }

    private static void ReadBias(Job* job, long batch, float* target)
    {
        if (job->KeyBias != null)
        {
            Buffer.MemoryCopy(job->KeyBias + (batch * job->BiasStride), target, job->PaddedKeys * sizeof(float), job->KeyCount * sizeof(float));
        }
    }

    // Keys that a block of queries needs.
    private static long Reach(Job* job, long first, long count) =>
        job->IsCausal ? Math.Min(job->PaddedKeys, RowMath.Pieces(first + count, job->KeyStep) * job->KeyStep) : job->PaddedKeys;

    private static void Clear<T>(float* matrix, long from, long to, long size)
        where T : struct, IRowNumbers => new Span<byte>((byte*)matrix + (from * size * T.Size), checked((int)((to - from) * size * T.Size))).Clear();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<T>(byte* left, byte* right, long count)
        where T : struct, IRowNumbers
    {
        var sum = Vector512<float>.Zero;
        var i = 0L;
        for (; i + RowMath.Width <= count; i += RowMath.Width)
        {
            sum += T.Load(left + (i * T.Size)) * T.Load(right + (i * T.Size));
        }

        var total = Vector512.Sum(sum);
        for (; i < count; i++)
        {
            total += T.LoadOne(left + (i * T.Size)) * T.LoadOne(right + (i * T.Size));
        }

        return total;
    }

    private struct Job
    {
        public HeadRows Queries, Keys, Values, Mixed, Gradient, QueryGradient, KeyGradient, ValueGradient;
        public float* Sums, KeyBias;
        public RowShares* Scratch;
        public long BiasStride, Batch, Heads, KeyHeads, QueryCount, KeyCount, Size, BlockSize, KeyStep, PaddedKeys;
        public float Scale;
        public bool IsCausal;
    }

    private struct BackwardMatrices
    {
        public float* Keys, TurnedKeys, Values, KeyGradient, ValueGradient;
        public float* Queries, TurnedQueries, RightQueries, Gradient, TurnedGradient, RightGradient, QueryGradient, TurnedQueryGradient;
        public float* Weights, Changes, RightChanges, Bias, Largest, Reciprocals, Shares;
    }
}
