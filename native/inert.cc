#include "inert.h"

#include <algorithm>

#include "code_of_node.h"
#include "node_internals.h"
#include "requests.h"
#include "sys.h"
#include "uv_fields.h"

namespace {

// Behind the two words that stand before the first virtual function.
constexpr size_t kTableHead = 2;

bool Contains(const std::vector<int>& sorted, int fd) {
  return std::binary_search(sorted.begin(), sorted.end(), fd);
}

// Node has one idle handle, for its immediates; it has no function before the first.
bool IsImmediates(uv_idle_cb function) { return function == nullptr || IsNodes(function); }

class Silencer {
 public:
  Silencer(uv_loop_t* loop, const std::vector<int>& kept, const std::vector<const void*>& ours,
           StandardStreams& standard)
      : loop_(loop), kept_(kept), ours_(ours), standard_(standard) {
    // Nobody reads from it any more: a write fails with EPIPE, as on a connection that has gone.
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return;
    close(ends[0]);
    dead_ = ends[1];
  }
  ~Silencer() { CloseAndForget(dead_); }
  Silencer(const Silencer&) = delete;
  Silencer& operator=(const Silencer&) = delete;

  void Silence(uv_handle_t* handle);

 private:
  // As uv__io_stop does for all events, which no public call does for a write.
  void StopWatching(uv__io_t& watcher) {
    TakeOut(LinkOf(watcher.pending_queue));
    TakeOut(LinkOf(watcher.watcher_queue));
    watcher.pevents = 0;
    watcher.events = 0;
    const int fd = watcher.fd;
    if (fd < 0 || static_cast<unsigned>(fd) >= loop_->nwatchers) return;
    if (loop_->watchers[fd] != &watcher) return;
    loop_->watchers[fd] = nullptr;
    loop_->nfds--;
  }

  void LeadNowhere(int fd) {
    if (fd < 0) return;
    if (fd <= 2) {
      standard_.silenced.push_back(fd);
    } else if (dead_ < 0 || dup3(dead_, fd, O_CLOEXEC) < 0) {
      // Not even a pipe is to be had: the number then stands for nothing.
      close(fd);
    }
  }

  static bool HasRequests(uv_stream_t* stream) {
    return !IsEmpty(LinkOf(stream->write_queue)) || !IsEmpty(LinkOf(stream->write_completed_queue)) ||
           stream->connect_req != nullptr || stream->shutdown_req != nullptr;
  }

  // Whoever asked asked in the parent. The memory of the requests is not given back.
  void Halt(uv_stream_t* stream) {
    uv_read_stop(stream);
    StopWatching(stream->io_watcher);
    Forget(LinkOf(stream->write_queue));
    Forget(LinkOf(stream->write_completed_queue));
    stream->write_queue_size = 0;
    stream->connect_req = nullptr;
    stream->shutdown_req = nullptr;
    CloseAndForget(stream->accepted_fd);
  }

  void SilenceStream(uv_stream_t* stream) {
    const int fd = stream->io_watcher.fd;  // where it goes on: nothing is left in it
    if (Contains(standard_.inherited, fd) && !HasRequests(stream)) {
      standard_.idle.push_back(fd);
      return;
    }
    Halt(stream);
    LeadNowhere(fd);
  }

  // libuv opens a terminal anew, so there is no telling which of the three it stands for; it stays open.
  void SilenceTerminal(uv_stream_t* terminal) {
    const bool busy = HasRequests(terminal);
    Halt(terminal);
    std::vector<int>& silenced = standard_.silenced;
    for (const int fd : {1, 2}) {
      if (!busy && Contains(standard_.inherited, fd)) continue;
      if (std::find(silenced.begin(), silenced.end(), fd) == silenced.end()) silenced.push_back(fd);
    }
  }

  void SilenceSocket(uv_udp_t* socket) {
    uv_udp_recv_stop(socket);
    StopWatching(socket->io_watcher);
    Forget(LinkOf(socket->write_queue));
    Forget(LinkOf(socket->write_completed_queue));
    socket->send_queue_size = 0;
    socket->send_queue_count = 0;
    LeadNowhere(socket->io_watcher.fd);
  }

  // Node's own timers go on: the one of JavaScript's timers, whose lists are emptied elsewhere, and
  // those of V8, which collects garbage with them.
  static void SilenceTimer(uv_timer_t* timer) {
    const NodeInternals& node = NodeInternals::Get();
    void* const function = reinterpret_cast<void*>(timer->timer_cb);
    if (function == node.run_timers || function == node.run_delayed_task) return;
    uv_timer_stop(timer);
  }

  // A message port hears of nothing any more. Others may be needed by the child itself, and what they
  // were to tell has been dropped.
  static void SilenceAsync(uv_async_t* async) {
    void** const ports = NodeInternals::Get().message_port_table;
    if (!IsNodes(async->async_cb) || async->data == nullptr) return;
    if (*static_cast<void***>(async->data) == ports + kTableHead) TakeOut(LinkOf(async->queue));
  }

  uv_loop_t* const loop_;
  const std::vector<int>& kept_;
  const std::vector<const void*>& ours_;
  StandardStreams& standard_;
  int dead_ = -1;
};

void Silencer::Silence(uv_handle_t* handle) {
  // One that is being closed has let go of everything already.
  if (uv_is_closing(handle)) return;
  if (std::find(ours_.begin(), ours_.end(), handle) != ours_.end()) return;
  const int fd = DescriptorOf(handle);
  if (fd >= 0 && Contains(kept_, fd)) return;
  switch (handle->type) {
    case UV_TCP:
    case UV_NAMED_PIPE:
      SilenceStream(AsStream(handle));
      break;
    case UV_TTY:
      SilenceTerminal(AsStream(handle));
      break;
    case UV_UDP:
      SilenceSocket(AsUdp(handle));
      break;
    case UV_POLL:
      uv_poll_stop(reinterpret_cast<uv_poll_t*>(handle));
      break;
    case UV_PROCESS:
      TakeOut(LinkOf(reinterpret_cast<uv_process_t*>(handle)->queue));
      break;
    case UV_SIGNAL:
      // Node stops its own with their listeners.
      if (IsNodes(reinterpret_cast<uv_signal_t*>(handle)->signal_cb)) break;
      uv_signal_stop(reinterpret_cast<uv_signal_t*>(handle));
      break;
    case UV_FS_EVENT:
      uv_fs_event_stop(reinterpret_cast<uv_fs_event_t*>(handle));
      break;
    case UV_FS_POLL:
      uv_fs_poll_stop(reinterpret_cast<uv_fs_poll_t*>(handle));
      break;
    case UV_TIMER:
      SilenceTimer(reinterpret_cast<uv_timer_t*>(handle));
      break;
    case UV_IDLE:
      uv_idle_stop(reinterpret_cast<uv_idle_t*>(handle));
      break;
    case UV_CHECK:
      if (!IsNodes(reinterpret_cast<uv_check_t*>(handle)->check_cb)) {
        uv_check_stop(reinterpret_cast<uv_check_t*>(handle));
      }
      break;
    case UV_PREPARE:
      if (!IsNodes(reinterpret_cast<uv_prepare_t*>(handle)->prepare_cb)) {
        uv_prepare_stop(reinterpret_cast<uv_prepare_t*>(handle));
      }
      break;
    case UV_ASYNC:
      SilenceAsync(reinterpret_cast<uv_async_t*>(handle));
      break;
    default:
      break;
  }
  // Node itself keeps count of the timers and immediates that keep the loop alive.
  const bool counted =
      handle->type == UV_TIMER
          ? reinterpret_cast<void*>(reinterpret_cast<uv_timer_t*>(handle)->timer_cb) ==
                NodeInternals::Get().run_timers
          : handle->type == UV_IDLE && IsImmediates(reinterpret_cast<uv_idle_t*>(handle)->idle_cb);
  if (!counted) uv_unref(handle);
}

}  // namespace

const char* CannotTellHandles() {
  const NodeInternals& node = NodeInternals::Get();
  if (node.run_timers == nullptr) return "_ZN4node11Environment9RunTimersEP10uv_timer_s";
  if (node.run_delayed_task == nullptr) {
    return "_ZN4node22PerIsolatePlatformData17RunForegroundTaskEP10uv_timer_s";
  }
  if (node.message_port_table == nullptr) return "_ZTVN4node6worker11MessagePortE";
  return nullptr;
}

void MakeInert(uv_loop_t* loop, const std::vector<int>& kept, const std::vector<const void*>& ours,
               StandardStreams& standard) {
  Silencer silencer(loop, kept, ours, standard);
  DropRequests(loop);
  // What is being closed is closed by the parent, which also tells.
  loop->closing_handles = nullptr;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) { static_cast<Silencer*>(data)->Silence(handle); },
      &silencer);
}
