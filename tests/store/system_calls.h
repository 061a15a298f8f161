// The system calls by which a store changes the disk, counted, so that a test can end the process at any one of them or let it
// fail.
//
// Shape        This program's own mkdir, rename, renameat2, unlink(at), ftruncate, pwrite, pwritev, fsync and fdatasync stand before the
//              library's, for LMDB and the C++ library too.
// Invariants   Without a plan they do what the kernel does. A plan belongs to the process that made it and to its children.
#pragma once

#include <cstdint>
#include <string>

namespace budstikke::tests {

struct SystemCalls {
  std::uint64_t kill_at = 0;  // SIGKILL instead of the call with this number, from 1; 0: never
  std::uint64_t fail_at = 0;  // the call with this number gives -1 and `error`; 0: never
  int error = 0;
  std::string only = {};  // count this call alone; empty: all of them
};

void plan_system_calls(const SystemCalls& plan);  // and counts from 0 again
std::uint64_t counted_system_calls();

}  // namespace budstikke::tests
