using System.IO.MemoryMappedFiles;

namespace Plinth.Data.Text.Batching;

/// <summary>A column in a file that is mapped: the system reads its pages when they are touched, and forgets them when memory is short.</summary>
internal sealed unsafe class MappedColumn<T> : Column<T>, IDisposable where T : unmanaged
{
    private readonly MemoryMappedFile? file;
    private readonly MemoryMappedViewAccessor? view;
    private T* first;
    private long count;

    /// <param name="path">A file of whole numbers, in this machine's byte order; nobody may shorten it while it is mapped.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public MappedColumn(string path)
    {
        count = new FileInfo(path).Length / sizeof(T);
        if (count == 0)
        {
            return; // nothing can be mapped of an empty file
        }

        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* begin = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref begin);
        first = (T*)(begin + view.PointerOffset);
    }

    public override long Count => count;

    protected override ReadOnlySpan<T> Piece(long start, int count) => new(first + start, count);

    public void Dispose()
    {
        if (first is not null)
        {
            // Whoever reads on is told that nothing is there.
            first = null;
            count = 0;
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        file?.Dispose();
    }
}
