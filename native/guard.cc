// The guard of a record: held by native code only, for as long as a few words take to change. If its
// holder dies, whoever comes next has it.
#include "shared_record.h"

namespace {

constexpr int kSpins = 100;
// How long a guard may be held by the same thread before it is asked whether that still lives.
constexpr int64_t kPatience = 10'000'000;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

bool Take(Guard& guard, Holder from, Holder to) {
  return guard.holder.compare_exchange_strong(from, to);
}

bool TakeSoon(Guard& guard, Holder me) {
  for (int i = 0; i < kSpins; i++) {
    if (guard.holder.load(std::memory_order_relaxed) == 0 && Take(guard, 0, me)) return true;
    Pause();
  }
  return false;
}

// True: taken from one that has died.
bool TakeAsleep(Guard& guard, Holder me) {
  guard.sleepers++;
  bool inherited = false;
  for (;;) {
    const uint32_t turn = guard.turn;
    const Holder holder = guard.holder;
    if (holder == 0) {
      if (Take(guard, 0, me)) break;
      continue;
    }
    if (FutexWait(guard.turn, turn, kPatience) || IsAlive(holder)) continue;
    inherited = Take(guard, holder, me);
    if (inherited) break;
  }
  guard.sleepers--;
  return inherited;
}

}  // namespace

Guarded::Guarded(Record& record) : record(record), me(ThisThread()) {
  if (Take(record.guard, 0, me) || TakeSoon(record.guard, me)) return;
  inherited_ = TakeAsleep(record.guard, me);
}

Guarded::~Guarded() {
  Guard& guard = record.guard;
  guard.holder = 0;
  // Either we see one that went to sleep before, or it sees that there is no holder: both are
  // sequentially consistent. One that died asleep is counted for ever, which costs a call each time.
  if (guard.sleepers != 0) {
    guard.turn++;
    FutexWake(guard.turn, 1);
  }
  for (Word* word : wakes_) FutexWake(*word, 1);
}
