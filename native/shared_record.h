// What a lock and its kin are in shared memory, and the rules they share.
//
// Any program that has the memory may be killed at any instruction. So: all that a record says is
// changed under its guard; a guard whose holder has died is taken from it by the next one that comes
// (guard.cc); and a change of several words is made in such an order that each state in between is
// either the one before it or the one after it, or is put right by Repair().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "futex.h"
#include "holder.h"

using Long = std::atomic<uint64_t>;

// The kinds of records; 0 is memory in which none was made. src/platform/shared-records.ts has them too.
enum class Kind : uint32_t { kNone, kLock, kSemaphore, kEvent, kCondition, kBarrier, kQueue };

enum class Op : uint32_t { kTake, kPut, kRelease, kNotify, kTrip, kAbort, kReset, kLook, kTend };

enum class Outcome : int {
  kDone,
  kWait,      // in the place Answer::slot, or, at -1, without one: all are taken
  kTimedOut,  // it was told to leave, and has
  kBroken,    // barrier
  kNotHeld,   // by this thread
  kTooMany,   // wait already, or permits
  kTooBig,    // for the queue
  kLast,      // the party that completes a barrier; it goes on with kTrip
  kLost,      // the place is not this thread's: it was forked since
  kOther,     // another kind of record is there, or one made with other numbers
};

// The words in which a slot says how far it is.
constexpr uint32_t kFree = 0;
constexpr uint32_t kWaiting = 1;
constexpr uint32_t kWoken = 2;    // try again
constexpr uint32_t kGranted = 3;  // it is yours
constexpr uint32_t kRefused = 4;  // the barrier broke

// The place of one that waits. `who` is what makes it taken.
struct Slot {
  Long who;
  Word word;
  Word ticket;
  Long since;
  Word kind;
  Word need;
};

// How many permits of a semaphore a thread has.
struct Share {
  Long who;
  Word count;
  Word unused;
};

struct Guard {
  Long holder;
  Word turn;
  Word sleepers;
};

struct Record {
  Guard guard;
  std::atomic<Kind> kind;
  Word slots;
  Word shares;
  Word ticket;
  Word waiters;  // at least as many as wait
  Word step;     // a change of several words that is under way
  Long owner;    // lock
  Long died;     // who died, until it was told
  Word total;    // semaphore: permits; barrier: parties; queue: most items
  Word state;    // event: odd when set; barrier: 1 when broken
  Word most;     // semaphore: most permits, 0 where nobody holds any
  Word items;    // queue
  Word torn;     // queue: writers that died in the middle
  Word unused;
  Long writer;  // queue
  Long head;
  Long tail;
  Long bytes;
  uint64_t spare[2];

  Slot* Slots() { return reinterpret_cast<Slot*>(this + 1); }
  Share* Shares() { return reinterpret_cast<Share*>(Slots() + slots); }
  uint8_t* Data() { return reinterpret_cast<uint8_t*>(Shares() + shares); }
};

static_assert(sizeof(Record) == 128 && sizeof(Slot) == 32 && sizeof(Share) == 16);

struct Request {
  Op op = Op::kLook;
  uint32_t count = 1;
  int slot = -1;
  // Time is over: what is not there now is not waited for any more.
  bool leave = false;
  // Looks after those that have died; what a wait does now and then.
  bool tend = false;
  const uint8_t* data = nullptr;
  size_t size = 0;
};

struct Answer {
  Outcome outcome = Outcome::kDone;
  int slot = -1;
  Holder died = 0;
  uint32_t value = 0;
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
};

// Holds the guard; wakes, when it has let go of it, whom it was told to.
class Guarded {
 public:
  explicit Guarded(Record& record);
  ~Guarded();
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // The guard was taken from one that died: what it was at may be half done.
  bool IsInherited() const { return inherited_; }
  void Wake(Word& word) { wakes_.push_back(&word); }

  Record& record;
  const Holder me;

 private:
  bool inherited_ = false;
  std::vector<Word*> wakes_;
};

// waiting.cc: the places of those that wait, the oldest first.
int Enqueue(Guarded& at, uint32_t kind, uint32_t need);
Slot& SlotAt(Record& record, int slot);
bool IsMine(Guarded& at, int slot);
void Leave(Record& record, Slot& slot);
// The oldest in the state `word`, of that kind; nullptr: none.
Slot* Oldest(Record& record, uint32_t word, uint32_t kind = 0);
uint32_t CountOf(Record& record, uint32_t word, uint32_t kind = 0);
void Tell(Guarded& at, Slot& slot, uint32_t word);
// Frees the places of those that died; returns one of them that was in the state `word`, or 0.
Holder Sweep(Guarded& at, uint32_t word);

// The rules of each kind: lock.cc, semaphore.cc, …
Answer AskLock(Guarded& at, const Request& request);
Answer AskSemaphore(Guarded& at, const Request& request);
Answer AskEvent(Record& record, const Request& request);
Answer AskCondition(Guarded& at, const Request& request);
Answer AskBarrier(Guarded& at, const Request& request);
Answer AskQueue(Guarded& at, const Request& request);
void RepairBarrier(Guarded& at);
void RepairQueue(Guarded& at);

// The total of a plan that takes what is there, and makes nothing.
constexpr uint32_t kAsItIs = UINT32_MAX;

// How large a record is, and what it begins with.
struct Plan {
  Kind kind = Kind::kNone;
  uint32_t slots = 0;
  uint32_t shares = 0;
  uint32_t total = 0;
  uint32_t most = 0;
  uint64_t bytes = 0;
};

// shared_record.cc
// Makes the record, or finds it made: kOther if it was made otherwise. Many may come at once.
Outcome Prepare(Record& record, const Plan& plan);
// Whether the record and all that belongs to it lie within so many bytes.
bool FitsIn(const Record& record, uint64_t bytes);
Answer Ask(Record& record, const Request& request);
// The same, and waits on this thread until there is an answer or the time is over.
Answer AskAndWait(Record& record, Request request, int64_t nanoseconds);
