// The border of shared_record.cc to JavaScript.
#include "js.h"
#include "mapping.h"
#include "shared_record.h"
#include "topics.h"

namespace {

constexpr uint32_t kLeave = 1;
constexpr uint32_t kTend = 2;
constexpr uint32_t kBlock = 4;

uint32_t NumberOf(const Napi::Value& value) {
  return value.As<Napi::Number>().Uint32Value();
}

// Where the record lies; nullptr if the memory was closed, or what lies there is no whole record.
Record* RecordAt(const Napi::CallbackInfo& info, bool whole) {
  Napi::ArrayBuffer buffer = info[0].As<Napi::ArrayBuffer>();
  const int64_t offset = info[1].As<Napi::Number>().Int64Value();
  const int64_t size = static_cast<int64_t>(buffer.ByteLength());
  if (offset < 0 || offset > size) return nullptr;
  auto* record = reinterpret_cast<Record*>(static_cast<uint8_t*>(buffer.Data()) + offset);
  const uint64_t left = static_cast<uint64_t>(size - offset);
  if (left < sizeof(Record) || (whole && !FitsIn(*record, left))) {
    return nullptr;
  }
  return record;
}

Napi::Value NoRecord(Napi::Env env) {
  ThrowSys(env, {"futex", EFAULT});
  return env.Undefined();
}

Napi::Value PrepareRecord(const Napi::CallbackInfo& info) {
  Record* record = RecordAt(info, false);
  if (record == nullptr) return NoRecord(info.Env());
  Plan plan;
  plan.kind = static_cast<Kind>(NumberOf(info[2]));
  plan.slots = NumberOf(info[3]);
  plan.shares = NumberOf(info[4]);
  plan.total = NumberOf(info[5]);
  plan.most = NumberOf(info[6]);
  plan.bytes = NumberOf(info[7]);
  const Outcome outcome = Prepare(*record, plan);
  if (!FitsIn(*record, info[0].As<Napi::ArrayBuffer>().ByteLength() -
                           static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()))) {
    return NoRecord(info.Env());
  }
  return Napi::Number::New(info.Env(), static_cast<int>(outcome));
}

Napi::Value AskOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Record* record = RecordAt(info, true);
  if (record == nullptr) return NoRecord(env);
  Request request;
  request.op = static_cast<Op>(NumberOf(info[2]));
  request.count = NumberOf(info[3]);
  request.slot = IntOf(info[4]);
  const uint32_t flags = NumberOf(info[5]);
  request.leave = (flags & kLeave) != 0;
  request.tend = (flags & kTend) != 0;
  if (info[8].IsTypedArray()) {
    Napi::Uint8Array data = info[8].As<Napi::Uint8Array>();
    request.data = data.ByteLength() == 0 ? nullptr : data.Data();
    request.size = data.ByteLength();
  }
  // Milliseconds, -1 for ever.
  const double time = info[6].As<Napi::Number>().DoubleValue();
  const int64_t nanoseconds = time < 0 ? kForever : static_cast<int64_t>(time * 1e6);
  Answer answer = (flags & kBlock) != 0 ? AskAndWait(*record, request, nanoseconds)
                                        : Ask(*record, request);
  double* said = info[7].As<Napi::Float64Array>().Data();
  said[0] = answer.slot;
  said[1] = record->kind == Kind::kQueue ? static_cast<double>(answer.died) : IdOf(answer.died);
  said[2] = answer.value;
  if (answer.data != nullptr) {
    return Napi::Buffer<uint8_t>::Copy(env, answer.data.get(), answer.size);
  }
  return Napi::Number::New(env, static_cast<int>(answer.outcome));
}

}  // namespace

void RegisterSharedRecord(Napi::Env env, Napi::Object exports) {
  exports.Set("prepareRecord", Napi::Function::New(env, PrepareRecord, "prepareRecord"));
  exports.Set("askRecord", Napi::Function::New(env, AskOf, "askRecord"));
}
