#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Values as bytes, one behind the other: what a cache keeps of an object, at a third of the object's size. Numbers
/// take as many bytes as they need, texts one or two more than they have. For this process only: no version, no checks,
/// and what is read must have been written by the same type. A struct says what it consists of in `kFields`, a tuple of
/// pointers to all its members. Pure: any thread.
namespace tidewright {

/// Has `kFields`, the members in the order in which they are packed.
template <class T>
concept HasFields = requires {
  T::kFields;
};

class Packer {
 public:
  explicit Packer(std::string& out) : out_(out) {}

  template <class T>
  void put(const T& value) {
    if constexpr (HasFields<T>) {
      std::apply([&](const auto... field) { (put(value.*field), ...); }, T::kFields);
    } else if constexpr (std::is_enum_v<T>) {
      putNumber(static_cast<std::int64_t>(value));
    } else if constexpr (std::integral<T>) {
      putNumber(static_cast<std::int64_t>(value));
    } else {
      putOther(value);
    }
  }

 private:
  /// Small ones of either sign are short: 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
  void putNumber(std::int64_t value) {
    putSize((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  /// Seven bits a byte, the lowest first; the eighth says that there are more.
  void putSize(std::uint64_t size) {
    for (; size >= 0x80; size >>= 7) out_ += static_cast<char>(size | 0x80);
    out_ += static_cast<char>(size);
  }
  void putOther(const std::string& text) {
    putSize(text.size());
    out_ += text;
  }
  template <class Clock, class Duration>
  void putOther(const std::chrono::time_point<Clock, Duration>& time) {
    putNumber(time.time_since_epoch().count());
  }
  template <class A, class B>
  void putOther(const std::pair<A, B>& both) {
    put(both.first);
    put(both.second);
  }
  template <class T>
  void putOther(const std::optional<T>& value) {
    putSize(value.has_value() ? 1 : 0);
    if (value) put(*value);
  }
  template <class... T>
  void putOther(const std::variant<T...>& value) {
    putSize(value.index());
    std::visit([this](const auto& one) { put(one); }, value);
  }
  void putOther(double value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  template <class K, class V>
  void putOther(const std::map<K, V>& values) {
    putSize(values.size());
    for (const auto& [key, value] : values) {
      put(key);
      put(value);
    }
  }
  template <class T>
  void putOther(const std::vector<T>& values) {
    putSize(values.size());
    for (const T& value : values) put(value);
  }

  std::string& out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  void get(T& value) {
    if constexpr (HasFields<T>) {
      std::apply([&](const auto... field) { (get(value.*field), ...); }, T::kFields);
    } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
      value = static_cast<T>(number());
    } else {
      getOther(value);
    }
  }

  /// A text without a copy of it; as long as the bytes live.
  [[nodiscard]] std::string_view text() {
    const std::size_t size = this->size();
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

 private:
  [[nodiscard]] std::int64_t number() {
    const std::uint64_t folded = size();
    return static_cast<std::int64_t>(folded >> 1) ^ -static_cast<std::int64_t>(folded & 1);
  }
  [[nodiscard]] std::uint64_t size() {
    std::uint64_t size = 0;
    for (int shift = 0; !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return size;
  }
  void getOther(std::string& value) { value = text(); }
  template <class Clock, class Duration>
  void getOther(std::chrono::time_point<Clock, Duration>& time) {
    time = std::chrono::time_point<Clock, Duration>(Duration(number()));
  }
  template <class A, class B>
  void getOther(std::pair<A, B>& both) {
    get(both.first);
    get(both.second);
  }
  template <class T>
  void getOther(std::optional<T>& value) {
    value.reset();
    if (size() != 0) get(value.emplace());
  }
  template <class... T>
  void getOther(std::variant<T...>& value) {
    std::uint64_t left = size();
    ((left-- == 0 ? get(value.template emplace<T>()) : void()), ...);
  }
  void getOther(double& value) {
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  template <class K, class V>
  void getOther(std::map<K, V>& values) {
    values.clear();
    for (std::uint64_t left = size(); left > 0; --left) {
      K key;
      get(key);
      get(values[std::move(key)]);
    }
  }
  template <class T>
  void getOther(std::vector<T>& values) {
    values.resize(size());
    for (T& value : values) get(value);
  }

  std::string_view rest_;
};

/// An object's bytes, in one piece of memory of exactly their size.
class Packed {
 public:
  template <class T>
  explicit Packed(const T& value) {
    // Of one thread, so that the room that it took is there for the next.
    thread_local std::string room;
    room.clear();
    Packer(room).put(value);
    bytes_ = std::make_unique_for_overwrite<char[]>(room.size() + sizeof(std::uint32_t));
    const auto size = static_cast<std::uint32_t>(room.size());
    std::memcpy(bytes_.get(), &size, sizeof size);
    std::memcpy(bytes_.get() + sizeof size, room.data(), room.size());
  }

  template <class T>
  [[nodiscard]] T as() const {
    T value;
    Unpacker(bytes()).get(value);
    return value;
  }
  [[nodiscard]] std::string_view bytes() const {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes_.get(), sizeof size);
    return {bytes_.get() + sizeof size, size};
  }

 private:
  std::unique_ptr<char[]> bytes_;  ///< The size, and so many bytes
};

}  // namespace tidewright
