// The lines of stat for JavaScript. A look is taken on a pool thread, one at a time.
#include <memory>
#include <vector>

#include "js.h"
#include "pool_job.h"
#include "stat_watch.h"
#include "topics.h"

namespace {

using Shared = std::shared_ptr<StatWatch>;

class WatchJob : public PoolJob {
 public:
  WatchJob(Shared watch, std::vector<int> anew) : watch_(std::move(watch)), anew_(std::move(anew)) {}
  SysError Run() override { return watch_->Look(anew_, packed); }

 private:
  Shared watch_;
  std::vector<int> anew_;
};

Shared& WatchOf(const Napi::Value& value) {
  return *value.As<Napi::External<Shared>>().Data();
}

// Its descriptors are closed when JavaScript has let go of it at the latest.
Napi::Value OpenStatWatch(const Napi::CallbackInfo& info) {
  return Napi::External<Shared>::New(info.Env(), new Shared(std::make_shared<StatWatch>()),
                                     [](Napi::Env, Shared* watch) { delete watch; });
}

Napi::Value LookAtStats(const Napi::CallbackInfo& info) {
  const Napi::Int32Array given = info[1].As<Napi::Int32Array>();
  std::vector<int> anew(given.Data(), given.Data() + given.ElementLength());
  return PoolJob::Queue(info.Env(), std::make_unique<WatchJob>(WatchOf(info[0]), std::move(anew)));
}

// With a look under way, when that is over.
Napi::Value CloseStatWatch(const Napi::CallbackInfo& info) {
  WatchOf(info[0]).reset();
  return info.Env().Undefined();
}

}  // namespace

void RegisterStatWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("openStatWatch", Napi::Function::New(env, OpenStatWatch, "openStatWatch"));
  exports.Set("lookAtStats", Napi::Function::New(env, LookAtStats, "lookAtStats"));
  exports.Set("closeStatWatch", Napi::Function::New(env, CloseStatWatch, "closeStatWatch"));
}
