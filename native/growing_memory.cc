// Memory that grows without a copy, for output that is kept in one piece: an anonymous mapping whose
// pages move to a wider place when it is full. JavaScript has it as an ArrayBuffer, which is detached
// when the pages move, and gives them back when it is collected.
#include <sys/mman.h>

#include <cstdint>
#include <map>
#include <mutex>

#include "js.h"
#include "topics.h"

namespace {

// What one fault takes where the kernel has huge pages, on x86 and with the usual pages of ARM.
constexpr size_t kHugePage = 2 * 1024 * 1024;

// The pages of one ArrayBuffer; none once they have moved on to the next.
struct Pages {
  uint8_t* data;
  size_t size;
};

// By address, for all threads. Never destroyed: a worker may end while the program exits.
struct AllPages {
  std::mutex mutex;
  std::map<const void*, Pages*> by_address;
};

AllPages& All() {
  static auto* all = new AllPages;
  return *all;
}

size_t RoundUp(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

size_t WholePages(size_t size) {
  return RoundUp(size, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

// An address where nothing is, with room for `size`, on a border of huge pages: these move whole then.
uint8_t* FindRoom(size_t size) {
  const size_t wide = size + kHugePage;
  void* found = mmap(nullptr, wide, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return nullptr;
  uint8_t* start = static_cast<uint8_t*>(found);
  uint8_t* aligned = reinterpret_cast<uint8_t*>(
      RoundUp(reinterpret_cast<uintptr_t>(start), kHugePage));
  if (aligned > start) munmap(start, static_cast<size_t>(aligned - start));
  munmap(aligned + size, static_cast<size_t>(start + wide - aligned - size));
  return aligned;
}

// New pages, or the old ones with more behind them, of `size` bytes. On failure nothing has changed.
void* Widen(const Pages* old, size_t size) {
  uint8_t* room = FindRoom(size);
  if (old == nullptr) {
    return mmap(room, size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (room == nullptr ? 0 : MAP_FIXED), -1,
                0);
  }
  // Address space may be too short (RLIMIT_AS) for both at a time.
  if (room == nullptr) return mremap(old->data, old->size, size, MREMAP_MAYMOVE);
  return mremap(old->data, old->size, size, MREMAP_MAYMOVE | MREMAP_FIXED, room);
}

void Release(napi_env, void*, void* hint) {
  auto* pages = static_cast<Pages*>(hint);
  if (pages->data != nullptr) {
    {
      const std::lock_guard<std::mutex> lock(All().mutex);
      // Before munmap: afterwards the address may be that of others.
      All().by_address.erase(pages->data);
    }
    munmap(pages->data, pages->size);
  }
  delete pages;
}

// An ArrayBuffer of `length` bytes that owns the pages.
Napi::Value Give(Napi::Env env, Pages owned, size_t length) {
  auto* pages = new Pages(owned);
  {
    const std::lock_guard<std::mutex> lock(All().mutex);
    All().by_address[pages->data] = pages;
  }
  napi_value buffer = nullptr;
  const napi_status status =
      napi_create_external_arraybuffer(env, pages->data, length, Release, pages, &buffer);
  if (status == napi_ok) return Napi::Value(env, buffer);
  Release(env, nullptr, pages);
  if (!env.IsExceptionPending()) ThrowSys(env, {"napi_create_external_arraybuffer", ENOMEM});
  return env.Undefined();
}

Pages* PagesOf(const Napi::Value& value) {
  const std::lock_guard<std::mutex> lock(All().mutex);
  const auto found = All().by_address.find(value.As<Napi::ArrayBuffer>().Data());
  return found == All().by_address.end() ? nullptr : found->second;
}

// Takes the pages away from an ArrayBuffer, which is empty from now on.
void TakeFrom(Napi::ArrayBuffer buffer, Pages* pages) {
  {
    const std::lock_guard<std::mutex> lock(All().mutex);
    All().by_address.erase(pages->data);
  }
  pages->data = nullptr;
  buffer.Detach();
}

Napi::Value GrowMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t size = WholePages(static_cast<size_t>(info[1].As<Napi::Number>().Int64Value()));
  Pages* old = info[0].IsUndefined() ? nullptr : PagesOf(info[0]);
  void* data = Widen(old, size);
  if (data == MAP_FAILED) {
    ThrowSys(env, {old == nullptr ? "mmap" : "mremap", errno});
    return env.Undefined();
  }
  // Little output fills ordinary pages faster than one huge page is cleared.
  if (size > kHugePage) madvise(data, size, MADV_HUGEPAGE);
  if (old != nullptr) TakeFrom(info[0].As<Napi::ArrayBuffer>(), old);
  return Give(env, {static_cast<uint8_t*>(data), size}, size);
}

Napi::Value TrimMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t length = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  Pages* old = PagesOf(info[0]);
  if (old == nullptr) return env.Undefined();
  const Pages all = *old;
  TakeFrom(info[0].As<Napi::ArrayBuffer>(), old);
  const size_t kept = WholePages(length);
  if (kept < all.size) munmap(all.data + kept, all.size - kept);
  if (kept == 0) return env.Undefined();
  return Give(env, {all.data, kept}, length);
}

}  // namespace

void RegisterGrowingMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("growMemory", Napi::Function::New(env, GrowMemory, "growMemory"));
  exports.Set("trimMemory", Napi::Function::New(env, TrimMemory, "trimMemory"));
}
