#include "mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <map>
#include <mutex>

namespace {

// Never destroyed: a thread may still use it while the program exits.
struct Mappings {
  std::mutex mutex;
  std::map<const void*, std::weak_ptr<Mapping>> all;
};

Mappings& TheMappings() {
  static auto* mappings = new Mappings;
  return *mappings;
}

bool CannotShrink(int fd) {
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals >= 0 && (seals & F_SEAL_SHRINK) != 0) return true;
  // A memfd of somebody else's that allows it: from now on it cannot.
  return seals >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
}

}  // namespace

SysError Mapping::Map(int fd, std::shared_ptr<Mapping>& mapping) {
  struct stat status;
  if (fstat(fd, &status) < 0) return {"fstat", errno};
  if (!S_ISREG(status.st_mode) || status.st_size <= 0 || !CannotShrink(fd)) {
    return {"fcntl", EINVAL};
  }
  const size_t size = static_cast<size_t>(status.st_size);
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return {"mmap", errno};
  mapping.reset(new Mapping(static_cast<uint8_t*>(data), size));
  Mappings& mappings = TheMappings();
  std::lock_guard<std::mutex> lock(mappings.mutex);
  mappings.all[data] = mapping;
  return {};
}

std::shared_ptr<Mapping> Mapping::At(const void* address) {
  Mappings& mappings = TheMappings();
  std::lock_guard<std::mutex> lock(mappings.mutex);
  const auto found = mappings.all.find(address);
  return found == mappings.all.end() ? nullptr : found->second.lock();
}

Mapping::~Mapping() {
  {
    Mappings& mappings = TheMappings();
    std::lock_guard<std::mutex> lock(mappings.mutex);
    // Before munmap: afterwards the address may be that of a new one.
    mappings.all.erase(data_);
  }
  munmap(data_, size_);
}
