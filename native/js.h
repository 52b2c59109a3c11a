// The border to JavaScript: values come in here and failures go out.
#pragma once

#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

#include "sys.h"

// Throws an Error with errno (positive) and syscall, which translate.ts turns into our kinds.
inline Napi::Error MakeSysError(Napi::Env env, SysError failure) {
  const std::string message = std::string(failure.syscall) + ": " + strerror(failure.error);
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("errno", Napi::Number::New(env, failure.error));
  error.Set("syscall", Napi::String::New(env, failure.syscall));
  return error;
}

inline void ThrowSys(Napi::Env env, SysError failure) {
  MakeSysError(env, failure).ThrowAsJavaScriptException();
}

inline int IntOf(const Napi::Value& value) {
  return value.As<Napi::Number>().Int32Value();
}

// Empty if the elements cannot be read, because this thread, a worker, is being terminated: a list
// that is half read could name anything.
inline std::vector<int> IntsOf(const Napi::Value& value) {
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<int> numbers(array.Length());
  for (uint32_t i = 0; i < numbers.size(); i++) {
    const Napi::Value element = array.Get(i);
    if (element.IsEmpty()) return {};
    numbers[i] = IntOf(element);
  }
  return numbers;
}

inline Napi::Array ToArray(Napi::Env env, const std::vector<int>& numbers) {
  Napi::Array array = Napi::Array::New(env, numbers.size());
  for (uint32_t i = 0; i < numbers.size(); i++) array.Set(i, numbers[i]);
  return array;
}

// [wait status, and the nine numbers of RawUsage where they are known]
Napi::Array ToArray(Napi::Env env, const End& end);
