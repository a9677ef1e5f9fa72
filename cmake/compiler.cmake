# Warnings, sanitizers and the compiler cache: the same for every target.

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
                    -Woverloaded-virtual -Werror)
# GCC 12 reports these inside the standard library's own headers once it inlines deeply (GCC bugs 105329, 105651).
add_compile_options(-Wno-error=restrict -Wno-error=maybe-uninitialized -Wno-error=stringop-overflow
                    -Wno-error=array-bounds)
# A designated initialiser names what differs from the defaults: leaving the rest out is the point of it.
add_compile_options(-Wno-missing-field-initializers)

if(TIDEWRIGHT_SANITIZE)
  add_compile_options(-fsanitize=${TIDEWRIGHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1)
  add_link_options(-fsanitize=${TIDEWRIGHT_SANITIZE})
  # Objects made inside Debian's libraries carry those libraries' own type information, which this check takes for wrong.
  add_compile_options(-fno-sanitize=vptr)
  # The sanitizers' own instrumentation makes GCC see uninitialised reads that are not there.
  add_compile_options(-Wno-maybe-uninitialized)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Without the sloppiness ccache refuses every file that uses a precompiled header. With the other two, clones in
  # different folders share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
