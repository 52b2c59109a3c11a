// Which functions are Node's own.
#pragma once

#include <link.h>
#include <uv.h>

#include <cstdint>

struct Segment {
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

// Where the code of libuv lies, which is Node's. (dladdr looks through all symbols, for a millisecond.)
inline Segment CodeOfNode() {
  Segment code;
  dl_iterate_phdr(
      [](struct dl_phdr_info* info, size_t, void* into) {
        const auto place = reinterpret_cast<uintptr_t>(uv_run);
        for (int i = 0; i < info->dlpi_phnum; i++) {
          const auto& header = info->dlpi_phdr[i];
          const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          if (header.p_type != PT_LOAD || place < begin || place >= begin + header.p_memsz) continue;
          *static_cast<Segment*>(into) = {begin, begin + header.p_memsz};
          return 1;
        }
        return 0;
      },
      &code);
  return code;
}

// Whether a function is one of Node or libuv, and no addon's.
template <typename Function>
bool IsNodes(Function* function) {
  static const Segment code = CodeOfNode();
  const auto place = reinterpret_cast<uintptr_t>(function);
  return place >= code.begin && place < code.end;
}
