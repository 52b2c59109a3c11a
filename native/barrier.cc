// A barrier: as many as there are parties wait, and go on together. One that dies while it waits, or
// gives up, breaks it, because the others would wait for ever.
#include "shared_record.h"

namespace {

// What `step` can be: everybody of a round goes on, or everybody is refused.
constexpr uint32_t kTripping = 1;
constexpr uint32_t kBreaking = 2;

void TellAll(Guarded& at, uint32_t word) {
  while (Slot* slot = Oldest(at.record, kWaiting)) Tell(at, *slot, word);
}

void Trip(Guarded& at) {
  at.record.step = kTripping;
  TellAll(at, kGranted);
  at.record.step = 0;
}

void Break(Guarded& at, uint32_t state) {
  at.record.step = kBreaking;
  TellAll(at, kRefused);
  at.record.state = state;
  at.record.step = 0;
}

void Tend(Guarded& at) {
  const Holder dead = Sweep(at, kWaiting);
  if (dead == 0) return;
  at.record.died = dead;
  Break(at, 1);
}

Answer Broken(Record& record) {
  Answer answer;
  answer.outcome = Outcome::kBroken;
  answer.died = record.died;
  return answer;
}

Answer Arrive(Guarded& at, const Request& request) {
  Record& record = at.record;
  if (record.state != 0) return Broken(record);
  Answer answer;
  const uint32_t before = CountOf(record, kWaiting);
  answer.value = before;
  answer.outcome = Outcome::kWait;
  // The last of a round is at its action, and the next round begins after it; or places are taken by
  // those who have yet to notice that they may go on.
  if (before < record.total) answer.slot = Enqueue(at, 0, before);
  if (answer.slot >= 0 && before + 1 == record.total) {
    answer.outcome = Outcome::kLast;
  } else if (request.leave) {
    answer.outcome = Outcome::kTimedOut;
    if (answer.slot >= 0) Leave(record, SlotAt(record, answer.slot));
    if (answer.slot >= 0) Break(at, 1);
  }
  return answer;
}

Answer GoOn(Guarded& at, const Request& request) {
  Record& record = at.record;
  Slot& mine = SlotAt(record, request.slot);
  const uint32_t word = mine.word;
  Answer answer;
  answer.slot = request.slot;
  answer.value = mine.need;
  answer.outcome = Outcome::kWait;
  if (word == kGranted) {
    answer.outcome = Outcome::kDone;
  } else if (word == kRefused) {
    answer = Broken(record);
  } else if (request.leave) {
    answer.outcome = Outcome::kTimedOut;
  }
  if (answer.outcome != Outcome::kWait) Leave(record, mine);
  if (answer.outcome == Outcome::kTimedOut) Break(at, 1);
  return answer;
}

}  // namespace

Answer AskBarrier(Guarded& at, const Request& request) {
  Record& record = at.record;
  if (request.tend) Tend(at);
  switch (request.op) {
    case Op::kTake:
      return request.slot < 0 ? Arrive(at, request) : GoOn(at, request);
    case Op::kTrip:
      if (SlotAt(record, request.slot).word == kWaiting) Trip(at);
      return GoOn(at, request);
    case Op::kAbort:
      record.died = 0;
      Break(at, 1);
      break;
    case Op::kReset:
      record.died = 0;
      Break(at, 0);
      break;
    default:
      break;
  }
  Answer answer;
  answer.value = record.state != 0 ? UINT32_MAX : CountOf(record, kWaiting);
  return answer;
}

void RepairBarrier(Guarded& at) {
  if (at.record.step == kTripping) Trip(at);
  if (at.record.step == kBreaking) Break(at, 1);
  Tend(at);
}
