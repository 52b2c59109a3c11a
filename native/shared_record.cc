#include "shared_record.h"

#include <algorithm>

namespace {

// How long a wait sleeps at most before it looks after those that may have died.
constexpr int64_t kSlice = 50'000'000;
// And one that found no free place.
constexpr int64_t kShortSlice = 1'000'000;

bool IsAsPlanned(const Record& record, const Plan& plan) {
  // What a record begins with may have changed since; what it is may not.
  const bool counts = plan.kind == Kind::kBarrier || plan.kind == Kind::kQueue;
  return record.kind == plan.kind && record.slots == plan.slots && record.shares == plan.shares &&
         record.most == plan.most && record.bytes == plan.bytes &&
         (!counts || record.total == plan.total);
}

void Repair(Guarded& at) {
  if (at.record.kind == Kind::kBarrier) RepairBarrier(at);
  if (at.record.kind == Kind::kQueue) RepairQueue(at);
}

Answer AskGuarded(Guarded& at, const Request& request) {
  if (at.IsInherited()) Repair(at);
  Answer answer;
  if (request.slot >= 0 && !IsMine(at, request.slot)) {
    answer.outcome = Outcome::kLost;
    return answer;
  }
  switch (at.record.kind.load()) {
    case Kind::kLock:
      return AskLock(at, request);
    case Kind::kSemaphore:
      return AskSemaphore(at, request);
    case Kind::kCondition:
      return AskCondition(at, request);
    case Kind::kBarrier:
      return AskBarrier(at, request);
    case Kind::kQueue:
      return AskQueue(at, request);
    default:
      answer.outcome = Outcome::kOther;
      return answer;
  }
}

// Sleeps until something may have changed. True: a whole slice passed in which nothing did.
bool Sleep(Record& record, const Answer& answer, int64_t left) {
  if (answer.slot < 0) {
    Word none = 0;
    FutexWait(none, 0, std::min(left, kShortSlice));
    return true;
  }
  return !FutexWait(SlotAt(record, answer.slot).word, kWaiting, std::min(left, kSlice));
}

// Until the state is another than `expected`.
Answer WaitForEvent(Record& record, uint32_t expected, int64_t end) {
  Answer answer;
  while (record.state == expected) {
    const int64_t left = end == kForever ? kForever : end - Now();
    if (end != kForever && left <= 0) {
      answer.outcome = Outcome::kTimedOut;
      return answer;
    }
    FutexWait(record.state, expected, left);
  }
  return answer;
}

}  // namespace

Outcome Prepare(Record& record, const Plan& plan) {
  Guarded at(record);
  if (plan.total == kAsItIs) return record.kind == plan.kind ? Outcome::kDone : Outcome::kOther;
  if (record.kind != Kind::kNone) {
    return IsAsPlanned(record, plan) ? Outcome::kDone : Outcome::kOther;
  }
  record.slots = plan.slots;
  record.shares = plan.shares;
  record.total = plan.total;
  record.most = plan.most;
  record.bytes = plan.bytes;
  // From here on it is one: whoever died before has left nothing that counts.
  record.kind = plan.kind;
  return Outcome::kDone;
}

bool FitsIn(const Record& record, uint64_t bytes) {
  if (bytes < sizeof(Record)) return false;
  const uint64_t lists = uint64_t{record.slots} * sizeof(Slot) + uint64_t{record.shares} * sizeof(Share);
  const uint64_t left = bytes - sizeof(Record);
  return lists <= left && record.bytes <= left - lists;
}

Answer Ask(Record& record, const Request& request) {
  if (record.kind == Kind::kEvent) return AskEvent(record, request);
  Guarded at(record);
  return AskGuarded(at, request);
}

Answer AskAndWait(Record& record, Request request, int64_t nanoseconds) {
  const int64_t end = nanoseconds == kForever ? kForever : Now() + nanoseconds;
  if (record.kind == Kind::kEvent) return WaitForEvent(record, request.count, end);
  // One that only looks should see that the holder is dead.
  request.tend = nanoseconds == 0;
  for (;;) {
    int64_t left = end == kForever ? kSlice : end - Now();
    request.leave = left <= 0;
    Answer answer = Ask(record, request);
    if (answer.outcome != Outcome::kWait) return answer;
    if (request.leave) left = 1;
    request.slot = answer.slot;
    request.tend = Sleep(record, answer, left);
  }
}
