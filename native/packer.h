// What a pool thread found, as bytes for JavaScript: 32-bit numbers in the order of this machine, and
// pieces of bytes that begin at multiples of four.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

class Packer {
 public:
  void Number(int32_t value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    memcpy(bytes_.data() + at, &value, sizeof value);
  }

  // A piece: its length and its bytes.
  void Piece(std::string_view piece) {
    Number(static_cast<int32_t>(piece.size()));
    const size_t at = bytes_.size();
    bytes_.resize(at + Padded(piece.size()));
    memcpy(bytes_.data() + at, piece.data(), piece.size());
  }

  // Instead of a piece: why there is none.
  void Failure(int error) { Number(-error); }

  // A piece that is made of what is packed until its end.
  size_t Begin() {
    Number(0);
    return bytes_.size();
  }
  void End(size_t begin) {
    const int32_t size = static_cast<int32_t>(bytes_.size() - begin);
    memcpy(bytes_.data() + begin - sizeof size, &size, sizeof size);
  }
  // Takes back what was packed since Begin(), and packs a failure.
  void Fail(size_t begin, int error) {
    bytes_.resize(begin - sizeof(int32_t));
    Failure(error);
  }

  // The number that was packed first.
  void SetFirst(int32_t value) { memcpy(bytes_.data(), &value, sizeof value); }

  const uint8_t* Data() const { return bytes_.data(); }
  size_t Size() const { return bytes_.size(); }

 private:
  static size_t Padded(size_t size) { return (size + 3) & ~size_t{3}; }

  std::vector<uint8_t> bytes_;
};
