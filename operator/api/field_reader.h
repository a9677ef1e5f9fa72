#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/quantity.h"
#include "operator/result.h"

namespace tidewright::api {

/// Reads the fields of one JSON object. The first mistake is kept with its path and a remedy, and the reading goes on
/// with defaults: a parser lists its fields and asks once, at the end. Absent and null are the same. One thread.
class FieldReader {
 public:
  /// `value` and `error` outlive the reader. `error` is shared by the readers of nested objects.
  FieldReader(const nlohmann::json& value, std::string path, std::optional<Error>& error);

  [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }
  int32_t integer(const char* name, int32_t otherwise, int32_t lowest, int32_t highest);
  std::optional<int32_t> optionalInteger(const char* name, int32_t lowest, int32_t highest);
  std::chrono::seconds seconds(const char* name, std::chrono::seconds otherwise, int32_t lowest, int32_t highest);
  bool boolean(const char* name, bool otherwise);
  std::string text(const char* name);                          ///< empty when absent
  std::string requiredText(const char* name);                  ///< a mistake when absent or empty
  std::map<std::string, std::string> texts(const char* name);  ///< an object of texts; empty when absent
  std::vector<std::string> textList(const char* name);         ///< empty when absent
  Quantity quantity(const char* name, Quantity otherwise);

  /// One of `names`, spelled exactly.
  template <class E, std::size_t N>
  E oneOf(const char* name, E otherwise, const std::array<std::pair<std::string_view, E>, N>& names) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return otherwise;
    std::string known;
    for (const auto& [text, e] : names) {
      if (value->is_string() && value->template get_ref<const std::string&>() == text) return e;
      known += (known.empty() ? "" : ", ") + std::string(text);
    }
    refuse(name, fmt::format("{} is unknown; write one of {}", value->dump(), known));
    return otherwise;
  }

  /// The nested object; a reader of nothing when absent.
  FieldReader object(const char* name);
  /// `read(FieldReader)` for each object of a list of `fewest` to `most`.
  template <class F>
  void eachOf(const char* name, std::size_t fewest, std::size_t most, F read) {
    const nlohmann::json& items = list(name, fewest, most);
    for (std::size_t i = 0; i < items.size(); ++i) {
      read(FieldReader(items[i], fmt::format("{}.{}[{}]", path_, name, i), error_));
    }
  }

  /// Keeps "PATH.NAME: WHY" if it is the first mistake.
  void refuse(std::string_view name, std::string_view why);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const;
  const nlohmann::json& list(const char* name, std::size_t fewest, std::size_t most);

  const nlohmann::json& value_;
  std::string path_;
  std::optional<Error>& error_;
};

}  // namespace tidewright::api
