// Holds nothing: the target exists to build the precompiled header that the other targets reuse.
