// The places of those that wait for something in a record.
#include "shared_record.h"

namespace {

// Tickets go round: older is what lies less than half way back.
bool IsOlder(uint32_t one, uint32_t other) {
  return static_cast<int32_t>(one - other) < 0;
}

bool IsTaken(const Slot& slot) {
  return slot.who != 0;
}

}  // namespace

Slot& SlotAt(Record& record, int slot) {
  return record.Slots()[slot];
}

bool IsMine(Guarded& at, int slot) {
  return slot >= 0 && static_cast<uint32_t>(slot) < at.record.slots &&
         SlotAt(at.record, slot).who == at.me;
}

int Enqueue(Guarded& at, uint32_t kind, uint32_t need) {
  Record& record = at.record;
  const int count = static_cast<int>(record.slots.load());
  for (int i = 0; i < count; i++) {
    Slot& slot = SlotAt(record, i);
    if (IsTaken(slot)) continue;
    slot.ticket = record.ticket++;
    slot.since = static_cast<uint64_t>(Now());
    slot.kind = kind;
    slot.need = need;
    slot.word = kWaiting;
    record.waiters++;
    slot.who = at.me;
    return i;
  }
  return -1;
}

void Leave(Record& record, Slot& slot) {
  slot.word = kFree;
  slot.who = 0;
  record.waiters--;
}

Slot* Oldest(Record& record, uint32_t word, uint32_t kind) {
  if (record.waiters == 0) return nullptr;
  Slot* oldest = nullptr;
  for (uint32_t i = 0; i < record.slots; i++) {
    Slot& slot = record.Slots()[i];
    if (!IsTaken(slot) || slot.word != word || slot.kind != kind) continue;
    if (oldest == nullptr || IsOlder(slot.ticket, oldest->ticket)) oldest = &slot;
  }
  return oldest;
}

uint32_t CountOf(Record& record, uint32_t word, uint32_t kind) {
  uint32_t count = 0;
  if (record.waiters == 0) return 0;
  for (uint32_t i = 0; i < record.slots; i++) {
    const Slot& slot = record.Slots()[i];
    if (IsTaken(slot) && slot.word == word && slot.kind == kind) count++;
  }
  return count;
}

void Tell(Guarded& at, Slot& slot, uint32_t word) {
  slot.word = word;
  at.Wake(slot.word);
}

Holder Sweep(Guarded& at, uint32_t word) {
  Holder found = 0;
  uint32_t left = 0;
  for (uint32_t i = 0; i < at.record.slots; i++) {
    Slot& slot = at.record.Slots()[i];
    const Holder who = slot.who;
    if (who == 0) continue;
    if (who == at.me || IsAlive(who)) {
      left++;
      continue;
    }
    if (slot.word == word) found = who;
    slot.word = kFree;
    slot.who = 0;
  }
  at.record.waiters = left;
  return found;
}
