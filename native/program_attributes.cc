// The attributes of a program to start, from the numbers that JavaScript gives.
#include <type_traits>

#include "js.h"
#include "program.h"

void Program::ReadAttributes(const Napi::Object& given) {
  using Bits = ChildAttributes;
  Bits& to = child.attributes;
  const auto number = [&](const char* name, Bits::Bit bit, auto& into) {
    const Napi::Value value = given.Get(name);
    if (!value.IsNumber()) return;
    into = static_cast<std::remove_reference_t<decltype(into)>>(value.As<Napi::Number>().Int64Value());
    to.has |= bit;
  };
  number("uid", Bits::kUid, to.uid);
  number("gid", Bits::kGid, to.gid);
  number("umask", Bits::kUmask, to.umask);
  number("processGroup", Bits::kProcessGroup, to.process_group);
  number("controllingTerminal", Bits::kControllingTerminal, to.controlling_terminal);
  number("priority", Bits::kPriority, to.priority);
  number("ioPriority", Bits::kIoPriority, to.io_priority);
  number("deathSignal", Bits::kDeathSignal, to.death_signal);
  if (const Napi::Value value = given.Get("keeper"); value.IsNumber()) to.keeper = IntOf(value);
  const Napi::Value session = given.Get("session");
  if (session.IsBoolean() && session.As<Napi::Boolean>()) to.has |= Bits::kSession;
  if (const Napi::Value value = given.Get("groups"); value.IsArray()) {
    for (int group : IntsOf(value)) to.groups.push_back(static_cast<gid_t>(group));
    to.has |= Bits::kGroups;
  }
  if (const Napi::Value value = given.Get("scheduling"); value.IsArray()) {
    const std::vector<int> pair = IntsOf(value);
    to.policy = pair[0];
    to.policy_priority = pair[1];
    to.has |= Bits::kScheduling;
  }
  if (const Napi::Value value = given.Get("affinity"); value.IsArray()) {
    CPU_ZERO(&to.affinity);
    for (int cpu : IntsOf(value)) CPU_SET(cpu, &to.affinity);
    to.has |= Bits::kAffinity;
  }
  if (const Napi::Value value = given.Get("cgroup"); value.IsString()) {
    to.cgroup_procs = value.As<Napi::String>().Utf8Value() + "/cgroup.procs";
    to.has |= Bits::kCgroup;
  }
  if (const Napi::Value value = given.Get("oomScoreAdjust"); value.IsNumber()) {
    to.oom_score_adjust = std::to_string(IntOf(value));
    to.has |= Bits::kOomScoreAdjust;
  }
  if (const Napi::Value value = given.Get("limits"); value.IsArray()) {
    ReadLimits(value.As<Napi::Array>());
  }
}

void Program::ReadLimits(const Napi::Array& flat) {
  const auto at = [&](uint32_t index) {
    const int64_t value = flat.Get(index).As<Napi::Number>().Int64Value();
    return value < 0 ? RLIM_INFINITY : static_cast<rlim_t>(value);
  };
  for (uint32_t i = 0; i + 2 < flat.Length(); i += 3) {
    child.attributes.limits.push_back({IntOf(flat.Get(i)), {at(i + 1), at(i + 2)}});
  }
}
