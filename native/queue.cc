// A queue of messages in a ring of bytes, in the order of arrival on both sides. A message is there
// when the end of the ring moves past it, which is one word: one that is half written is no message.
#include <algorithm>
#include <cstring>

#include "shared_record.h"

namespace {

constexpr uint32_t kReader = 0;
constexpr uint32_t kWriter = 1;
// Before each message its length, in as many bytes as keep the next one's in one piece.
constexpr uint64_t kHead = 8;

uint64_t RoomFor(uint64_t size) {
  return kHead + (size + 7) / 8 * 8;
}

void CopyIn(Record& record, uint64_t at, const void* from, size_t size) {
  const uint64_t offset = at % record.bytes;
  const size_t first = std::min<uint64_t>(size, record.bytes - offset);
  if (size == 0) return;
  memcpy(record.Data() + offset, from, first);
  memcpy(record.Data(), static_cast<const uint8_t*>(from) + first, size - first);
}

void CopyOut(Record& record, uint64_t at, void* to, size_t size) {
  const uint64_t offset = at % record.bytes;
  const size_t first = std::min<uint64_t>(size, record.bytes - offset);
  memcpy(to, record.Data() + offset, first);
  memcpy(static_cast<uint8_t*>(to) + first, record.Data(), size - first);
}

uint64_t SizeAt(Record& record, uint64_t at) {
  uint64_t size = 0;
  CopyOut(record, at, &size, sizeof size);
  return std::min<uint64_t>(size, record.bytes - kHead);
}

// Free bytes and items beyond what was granted to those that have yet to notice.
bool HasRoom(Record& record, uint64_t room) {
  uint64_t granted = 0;
  uint32_t writers = 0;
  for (uint32_t i = 0; record.waiters != 0 && i < record.slots; i++) {
    const Slot& slot = record.Slots()[i];
    if (slot.who == 0 || slot.word != kGranted || slot.kind != kWriter) continue;
    granted += RoomFor(slot.need);
    writers++;
  }
  if (record.items + writers >= record.total) return false;
  return record.tail - record.head + granted + room <= record.bytes;
}

bool HasItem(Record& record) {
  return record.items > CountOf(record, kGranted, kReader);
}

void GrantAll(Guarded& at) {
  Record& record = at.record;
  while (HasItem(record)) {
    Slot* reader = Oldest(record, kWaiting, kReader);
    if (reader == nullptr) break;
    Tell(at, *reader, kGranted);
  }
  for (;;) {
    Slot* writer = Oldest(record, kWaiting, kWriter);
    if (writer == nullptr || !HasRoom(record, RoomFor(writer->need))) return;
    Tell(at, *writer, kGranted);
  }
}

void Write(Guarded& at, const Request& request) {
  Record& record = at.record;
  const uint64_t size = request.size;
  record.writer = at.me;
  CopyIn(record, record.tail, &size, sizeof size);
  CopyIn(record, record.tail + kHead, request.data, request.size);
  record.tail += RoomFor(size);
  record.items++;
  record.writer = 0;
}

void Read(Guarded& at, Answer& answer) {
  Record& record = at.record;
  answer.size = SizeAt(record, record.head);
  answer.data.reset(new uint8_t[answer.size + 1]);
  CopyOut(record, record.head + kHead, answer.data.get(), answer.size);
  record.head += RoomFor(answer.size);
  record.items--;
}

Answer Transfer(Guarded& at, const Request& request) {
  Record& record = at.record;
  const bool writes = request.op == Op::kPut;
  Slot* mine = request.slot < 0 ? nullptr : &SlotAt(record, request.slot);
  Answer answer;
  if (writes && (request.size > UINT32_MAX || RoomFor(request.size) > record.bytes)) {
    answer.outcome = Outcome::kTooBig;
    return answer;
  }
  bool can = mine != nullptr && mine->word == kGranted;
  if (mine == nullptr) {
    // Behind those that wait already, also where a short message would find room.
    can = writes ? Oldest(record, kWaiting, kWriter) == nullptr &&
                       HasRoom(record, RoomFor(request.size))
                 : HasItem(record);
  }
  if (can) {
    if (writes) Write(at, request);
    else Read(at, answer);
  } else {
    answer.outcome = request.leave ? Outcome::kTimedOut : Outcome::kWait;
  }
  if (answer.outcome != Outcome::kWait) {
    if (mine != nullptr) Leave(record, *mine);
    GrantAll(at);
    return answer;
  }
  answer.slot = mine != nullptr ? request.slot
                                : Enqueue(at, writes ? kWriter : kReader,
                                          static_cast<uint32_t>(request.size));
  return answer;
}

}  // namespace

Answer AskQueue(Guarded& at, const Request& request) {
  if (request.tend) {
    Sweep(at, kFree);
    GrantAll(at);
  }
  if (request.op == Op::kTake || request.op == Op::kPut) return Transfer(at, request);
  Answer answer;
  answer.value = at.record.items;
  answer.died = at.record.torn;
  return answer;
}

void RepairQueue(Guarded& at) {
  Record& record = at.record;
  if (record.writer != 0) {
    record.torn++;
    record.writer = 0;
  }
  uint32_t items = 0;
  uint64_t from = record.head;
  while (from < record.tail) {
    from += RoomFor(SizeAt(record, from));
    items++;
  }
  record.items = items;
  Sweep(at, kFree);
  GrantAll(at);
}
