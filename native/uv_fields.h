// The fields of libuv that its header calls private: their places are part of the ABI that libuv keeps
// within version 1, because programs allocate its structures themselves.
#pragma once

#include <uv.h>

// A node of a ring of pairs of pointers; the head of a list is one as well. (libuv gave the type a name
// in version 1.45 only.)
struct Link {
  Link* next;
  Link* previous;
};

template <typename Node>
Link& LinkOf(Node& node) {
  static_assert(sizeof(Node) == sizeof(Link));
  return *reinterpret_cast<Link*>(&node);
}

// Takes a node out of its list; of a head: forgets the list, whose nodes are touched no more.
inline void Forget(Link& link) {
  link.next = &link;
  link.previous = &link;
}

inline void TakeOut(Link& link) {
  link.next->previous = link.previous;
  link.previous->next = link.next;
  Forget(link);
}

inline bool IsEmpty(const Link& head) {
  return head.next == &head;
}

inline unsigned CountOf(const Link& head) {
  unsigned count = 0;
  for (const Link* at = head.next; at != &head; at = at->next) count++;
  return count;
}

inline bool IsStream(const uv_handle_t* handle) {
  return handle->type == UV_TCP || handle->type == UV_NAMED_PIPE || handle->type == UV_TTY;
}

inline uv_stream_t* AsStream(uv_handle_t* handle) {
  return reinterpret_cast<uv_stream_t*>(handle);
}

inline uv_udp_t* AsUdp(uv_handle_t* handle) {
  return reinterpret_cast<uv_udp_t*>(handle);
}

// The descriptor of a stream or a UDP socket, -1: none.
inline int DescriptorOf(uv_handle_t* handle) {
  return IsStream(handle)            ? AsStream(handle)->io_watcher.fd
         : handle->type == UV_UDP ? AsUdp(handle)->io_watcher.fd
                                  : -1;
}
