// Pages of a memfd in this program. They stay as long as an ArrayBuffer or a wait needs them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sys.h"

class Mapping {
 public:
  // Maps the whole file behind `fd`. Refused (EINVAL) where it may shrink: its pages would be gone
  // from under us, and touching them ends the program.
  static SysError Map(int fd, std::shared_ptr<Mapping>& mapping);
  // The one that begins there, if it is still mapped.
  static std::shared_ptr<Mapping> At(const void* address);

  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  uint8_t* Data() const { return data_; }
  size_t Size() const { return size_; }

 private:
  Mapping(uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t* data_;
  size_t size_;
};
