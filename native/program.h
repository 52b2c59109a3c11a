// A program to start: from the values of JavaScript to a pid, on any thread.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "child_setup.h"

// A program as JavaScript gave it; owns every string that `child` points to. Made on the loop,
// started on a pool thread.
class Program {
 public:
  // Reads the seven values of NativeProgram from `info`, from the argument `first` on.
  Program(const Napi::CallbackInfo& info, size_t first);

  ChildProgram child;

  // Opens files, makes pipes, clones. On success `pid` and, where asked for, `pidfd` are set.
  SpawnFailure Start(bool want_pidfd);
  // Opens files and makes pipes only, for exec in place.
  SpawnFailure Prepare();
  // Closes what Prepare opened; for an exec that failed.
  void Abandon();

  // The numbers of the child's descriptors.
  std::vector<int> Targets() const;

  // Whether pipes for output may have more room than usual.
  bool roomy_pipes = false;
  pid_t pid = -1;
  int pidfd = -1;

  // Our ends of the child's pipes and socket pairs.
  struct End {
    int target;
    int fd;
  };
  const std::vector<End>& Ends() const { return ends_; }
  // What Prepare opened for the child alone; the caller's to close from here on.
  std::vector<int> TakeMade() { return std::exchange(made_, {}); }
  // Closes our ends; for when nobody is left to give them to.
  void CloseEnds();
  // Closes what was made for the child, once it has it.
  void CloseMade();

 private:
  enum class Kind {
    kDescriptor,
    kPipeIn,
    kPipeOut,
    kSocketPair,
    kNull,
    kClosed,
    kFileRead,
    kFileWrite,
    kFileAppend,
    kSame,
  };
  struct Wanted {
    int target;
    Kind kind;
    int source;
  };

  void ReadDescriptors(const Napi::Value& value);
  void ReadAttributes(const Napi::Object& given);
  void ReadLimits(const Napi::Array& flat);
  void ReadPidVariable(const Napi::Value& value);
  bool MakeSource(const Wanted& wanted, SpawnFailure& failure);
  bool OpenFile(const Wanted& wanted, SpawnFailure& failure);
  bool OpenNull(const Wanted& wanted, SpawnFailure& failure);
  bool Join(const Wanted& wanted, SpawnFailure& failure);
  void ResolveSame();

  std::string candidates_;
  std::string argv_;
  std::string env_;
  std::string cwd_;
  std::string files_;
  std::vector<const char*> paths_;
  std::vector<Wanted> wanted_;
  std::vector<int> made_;  // the child's ends, which are ours to close once it has started
  std::vector<End> ends_;
  int null_ = -1;
};
