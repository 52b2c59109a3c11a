// A lock: one owner. Who comes while it is free has it, unless one has waited for longer than a
// millisecond: then it is handed over in the order of arrival, so nobody waits for ever.
#include "shared_record.h"

namespace {

constexpr uint64_t kPatience = 1'000'000;

// Of several that wait there is one at most that was granted the lock and has yet to notice.
Slot* Heir(Record& record) {
  return Oldest(record, kGranted);
}

// Gives a free lock to the one that has waited longest, or wakes it to try.
void PassOn(Guarded& at) {
  Record& record = at.record;
  if (record.owner != 0 || Heir(record) != nullptr) return;
  if (Oldest(record, kWoken) != nullptr) return;
  Slot* next = Oldest(record, kWaiting);
  if (next == nullptr) return;
  if (static_cast<uint64_t>(Now()) - next->since < kPatience) {
    Tell(at, *next, kWoken);
    return;
  }
  // First the word: whoever finds a granted place knows that the owner is the one in it.
  Tell(at, *next, kGranted);
  record.owner = next->who.load();
}

void Tend(Guarded& at) {
  Record& record = at.record;
  Slot* heir = Heir(record);
  if (heir != nullptr && !IsAlive(heir->who)) {
    // It never had the lock in hand: nothing to tell.
    if (record.owner == heir->who) record.owner = 0;
    Leave(record, *heir);
    heir = nullptr;
  }
  const Holder owner = record.owner;
  if (heir == nullptr && owner != 0 && !IsAlive(owner)) {
    record.died = owner;
    record.owner = 0;
  }
  Sweep(at, kFree);
  PassOn(at);
}

Answer Taken(Guarded& at) {
  Record& record = at.record;
  Answer answer;
  record.owner = at.me;
  answer.died = record.died;
  record.died = 0;
  return answer;
}

Answer Take(Guarded& at, const Request& request) {
  Record& record = at.record;
  Slot* mine = request.slot < 0 ? nullptr : &SlotAt(record, request.slot);
  if (mine != nullptr && mine->word == kGranted) {
    Leave(record, *mine);
    return Taken(at);
  }
  if (record.owner == 0 && Heir(record) == nullptr) {
    if (mine != nullptr) Leave(record, *mine);
    return Taken(at);
  }
  Answer answer;
  if (request.leave) {
    if (mine != nullptr) Leave(record, *mine);
    answer.outcome = Outcome::kTimedOut;
    return answer;
  }
  answer.outcome = Outcome::kWait;
  if (mine != nullptr) mine->word = kWaiting;
  answer.slot = mine != nullptr ? request.slot : Enqueue(at, 0, 0);
  return answer;
}

}  // namespace

Answer AskLock(Guarded& at, const Request& request) {
  Record& record = at.record;
  Answer answer;
  if (request.tend || at.IsInherited()) Tend(at);
  switch (request.op) {
    case Op::kTake:
      return Take(at, request);
    case Op::kRelease:
      if (record.owner != at.me) {
        answer.outcome = Outcome::kNotHeld;
        return answer;
      }
      record.owner = 0;
      PassOn(at);
      return answer;
    default:
      answer.died = record.owner;
      answer.value = record.owner == at.me;
      return answer;
  }
}
