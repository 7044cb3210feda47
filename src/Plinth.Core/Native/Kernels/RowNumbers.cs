using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Plinth.Core.Native.Kernels;

/// <summary>Numbers of a tensor's memory as float32, sixteen at a time.</summary>
internal unsafe interface IRowNumbers
{
    /// <summary>Bytes of one.</summary>
    static abstract int Size { get; }

    /// <summary>How many fill 32 bits.</summary>
    static abstract int OfWord { get; }

    /// <summary>Sixteen numbers.</summary>
    static abstract Vector512<float> Load(byte* numbers);

    /// <summary>Writes sixteen numbers, each rounded to the nearest.</summary>
    static abstract void Store(Vector512<float> value, byte* numbers);

    /// <summary>
    /// Writes sixteen numbers, each rounded up or down by chance, the likelier to where it is nearer, so that nothing is lost on average
    /// (stochastic rounding: Gupta et al. 2015, arXiv:1502.02551).
    /// </summary>
    /// <param name="value">The numbers.</param>
    /// <param name="chance">For each a number of 16 bits, all of which are equally likely; float32 loses nothing and needs none.</param>
    /// <param name="numbers">Where they go.</param>
    static abstract void StoreByChance(Vector512<float> value, Vector512<uint> chance, byte* numbers);

    /// <summary>Sixteen numbers as they would be after they were written.</summary>
    static abstract Vector512<float> Round(Vector512<float> value);

    /// <summary>One number.</summary>
    static abstract float LoadOne(byte* number);

    /// <summary>Writes one number, rounded to the nearest.</summary>
    static abstract void StoreOne(float value, byte* number);

    /// <summary>Writes one number, rounded as <see cref="StoreByChance"/> does.</summary>
    static abstract void StoreOneByChance(float value, uint chance, byte* number);
}

/// <summary>Float32 as it is.</summary>
internal unsafe struct Float32Numbers : IRowNumbers
{
    public static int Size => sizeof(float);

    public static int OfWord => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* numbers) => Vector512.Load((float*)numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, byte* numbers) => value.Store((float*)numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreByChance(Vector512<float> value, Vector512<uint> chance, byte* numbers) => Store(value, numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> value) => value;

    public static float LoadOne(byte* number) => *(float*)number;

    public static void StoreOne(float value, byte* number) => *(float*)number = value;

    public static void StoreOneByChance(float value, uint chance, byte* number) => StoreOne(value, number);
}

/// <summary>Bfloat16: the upper half of a float32.</summary>
internal unsafe struct BFloat16Numbers : IRowNumbers
{
    public static int Size => sizeof(ushort);

    public static int OfWord => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* numbers) =>
        (Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)numbers)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, byte* numbers) => Avx512F.ConvertToVector256UInt16(Upper(value)).Store((ushort*)numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreByChance(Vector512<float> value, Vector512<uint> chance, byte* numbers) =>
        Avx512F.ConvertToVector256UInt16((value.AsUInt32() + chance) >> 16).Store((ushort*)numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> value) => (Upper(value) << 16).AsSingle();

    public static float LoadOne(byte* number) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)number << 16);

    public static void StoreOne(float value, byte* number)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        *(ushort*)number = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static void StoreOneByChance(float value, uint chance, byte* number) =>
        *(ushort*)number = (ushort)((BitConverter.SingleToUInt32Bits(value) + chance) >> 16);

    // To the nearest, of two equally near ones to the even one. No row holds a NaN that could become an infinity by it: what is not a
    // number stays one as long as its upper half has a bit of its fraction, which those of arithmetic have.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Upper(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        return (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
    }
}
