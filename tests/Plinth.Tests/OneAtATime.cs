// A garbage collection that one test causes can free what a native call of another still reads (see Trainer); and libtorch
// uses all cores by itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
