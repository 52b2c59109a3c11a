// A condition: who waits is notified in the order of arrival, exactly as many as there are
// notifications. And an event, which is one word: set when odd; each change makes it greater.
#include <climits>

#include "shared_record.h"

namespace {

uint32_t Notify(Guarded& at, uint32_t count) {
  uint32_t notified = 0;
  while (notified < count) {
    Slot* next = Oldest(at.record, kWaiting);
    if (next == nullptr) break;
    Tell(at, *next, kGranted);
    notified++;
  }
  return notified;
}

// A notification that came to one that then died goes to the next.
void Tend(Guarded& at) {
  uint32_t before = CountOf(at.record, kGranted);
  Sweep(at, kFree);
  Notify(at, before - CountOf(at.record, kGranted));
}

}  // namespace

Answer AskCondition(Guarded& at, const Request& request) {
  Record& record = at.record;
  Answer answer;
  if (request.tend || at.IsInherited()) Tend(at);
  if (request.op != Op::kTake) {
    answer.value = request.op == Op::kNotify ? Notify(at, request.count) : CountOf(record, kWaiting);
    return answer;
  }
  if (request.slot < 0) {
    answer.slot = Enqueue(at, 0, 0);
    answer.outcome = answer.slot < 0 ? Outcome::kTooMany : Outcome::kWait;
    return answer;
  }
  Slot& mine = SlotAt(record, request.slot);
  const bool notified = mine.word == kGranted;
  answer.slot = request.slot;
  answer.outcome = notified ? Outcome::kDone : Outcome::kWait;
  if (!notified && request.leave) answer.outcome = Outcome::kTimedOut;
  if (notified || request.leave) Leave(record, mine);
  return answer;
}

Answer AskEvent(Record& record, const Request& request) {
  Answer answer;
  uint32_t state = record.state;
  switch (request.op) {
    case Op::kRelease:
      while (state % 2 == 0 && !record.state.compare_exchange_weak(state, state + 1)) continue;
      if (state % 2 == 0) FutexWake(record.state, INT_MAX);
      break;
    case Op::kReset:
      while (state % 2 == 1 && !record.state.compare_exchange_weak(state, state + 1)) continue;
      break;
    default:
      answer.value = state;
  }
  return answer;
}
