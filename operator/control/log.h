#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace spdlog {
class logger;
}

namespace tidewright::control {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };

/// One field of a line. Values are texts, whole numbers and fractions.
struct LogField {
  using Value = std::variant<std::string, std::int64_t, double>;
  template <class T>
  static Value valueOf(T&& value) {
    if constexpr (std::is_integral_v<std::remove_cvref_t<T>>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_floating_point_v<std::remove_cvref_t<T>>) {
      return static_cast<double>(value);
    } else {
      return std::string(std::forward<T>(value));
    }
  }

  template <class T>
  LogField(std::string_view fieldName, T&& fieldValue) : name(fieldName), value(valueOf(std::forward<T>(fieldValue))) {}

  std::string_view name;
  Value value;
};
using LogFields = std::initializer_list<LogField>;

/// Structured lines on the standard error: constant text, the rest in fields, nothing secret. `error` means that a
/// person must act. Thread-safe.
class Log {
 public:
  Log(LogLevel level, LogFormat format);
  /// The same log, with this field at the end of every line.
  [[nodiscard]] Log with(const LogField& field) const;

  /// Whether a line of that level is written at all.
  [[nodiscard]] bool wants(LogLevel level) const;
  void debug(std::string_view text, LogFields fields = {}) const { write(LogLevel::Debug, text, fields); }
  void info(std::string_view text, LogFields fields = {}) const { write(LogLevel::Info, text, fields); }
  void warn(std::string_view text, LogFields fields = {}) const { write(LogLevel::Warn, text, fields); }
  void error(std::string_view text, LogFields fields = {}) const { write(LogLevel::Error, text, fields); }

 private:
  void write(LogLevel level, std::string_view text, LogFields fields) const;
  [[nodiscard]] std::string rendered(const LogField& field) const;

  LogFormat format_;
  std::shared_ptr<spdlog::logger> logger_;
  std::string always_;  ///< Fields of every line, rendered
};

}  // namespace tidewright::control
