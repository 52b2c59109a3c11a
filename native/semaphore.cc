// A semaphore, in the order of arrival. Its permits are held (`most` is not 0): those of a thread that
// dies come back. Or nobody holds them: it counts events, which releases add and takes use up.
#include "shared_record.h"

namespace {

bool IsHeld(const Record& record) {
  return record.most != 0;
}

Share* ShareOf(Record& record, Holder who) {
  for (uint32_t i = 0; i < record.shares; i++) {
    Share& share = record.Shares()[i];
    if (share.count != 0 && share.who == who) return &share;
  }
  return nullptr;
}

Share* FreeShare(Record& record) {
  for (uint32_t i = 0; i < record.shares; i++) {
    Share& share = record.Shares()[i];
    if (share.count == 0) return &share;
  }
  return nullptr;
}

// The permits that nobody has or was granted. They are counted anew each time: so there is no sum that
// a death in the wrong moment could leave wrong.
uint32_t Free(Record& record) {
  uint32_t used = CountOf(record, kGranted);
  for (uint32_t i = 0; i < record.shares; i++) used += record.Shares()[i].count;
  return used > record.total ? 0 : record.total - used;
}

void GrantAll(Guarded& at) {
  for (uint32_t free = Free(at.record); free > 0; free--) {
    Slot* next = Oldest(at.record, kWaiting);
    if (next == nullptr) return;
    Tell(at, *next, kGranted);
  }
}

void Tend(Guarded& at) {
  Record& record = at.record;
  for (uint32_t i = 0; i < record.shares; i++) {
    Share& share = record.Shares()[i];
    if (share.count == 0 || share.who == at.me || IsAlive(share.who)) continue;
    record.died = share.who.load();
    share.count = 0;
  }
  Sweep(at, kFree);
  GrantAll(at);
}

Answer Taken(Guarded& at) {
  Record& record = at.record;
  Answer answer;
  Share* share = IsHeld(record) ? ShareOf(record, at.me) : nullptr;
  if (share == nullptr && IsHeld(record)) {
    share = FreeShare(record);
    if (share != nullptr) share->who = at.me;
  }
  // More threads than there are shares, which is told where it is documented: their permits are not
  // known to be theirs.
  if (share != nullptr) {
    share->count++;
  } else {
    record.total--;
  }
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
  if (mine == nullptr && Free(record) > 0) return Taken(at);
  Answer answer;
  if (request.leave) {
    if (mine != nullptr) Leave(record, *mine);
    answer.outcome = Outcome::kTimedOut;
    return answer;
  }
  answer.outcome = Outcome::kWait;
  answer.slot = mine != nullptr ? request.slot : Enqueue(at, 0, 0);
  return answer;
}

Outcome Release(Guarded& at, uint32_t count) {
  Record& record = at.record;
  if (!IsHeld(record)) {
    if (record.total > UINT32_MAX - count) return Outcome::kTooMany;
    record.total += count;
    return Outcome::kDone;
  }
  Share* share = ShareOf(record, at.me);
  if (share != nullptr) {
    if (share->count < count) return Outcome::kNotHeld;
    share->count -= count;
    return Outcome::kDone;
  }
  // All shares in use: one of the permits that are not known to be anybody's.
  if (record.most - record.total < count) return Outcome::kNotHeld;
  record.total += count;
  return Outcome::kDone;
}

}  // namespace

Answer AskSemaphore(Guarded& at, const Request& request) {
  if (request.tend || at.IsInherited()) Tend(at);
  if (request.op == Op::kTake) return Take(at, request);
  Answer answer;
  if (request.op == Op::kRelease) {
    answer.outcome = Release(at, request.count);
    if (answer.outcome == Outcome::kDone) GrantAll(at);
  }
  answer.value = Free(at.record);
  return answer;
}
