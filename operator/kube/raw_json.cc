#include "operator/kube/raw_json.h"

#include <algorithm>

namespace tidewright::kube::raw {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kNull = "null";

void skipSpace(std::string_view& rest) { rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size())); }

bool takeChar(std::string_view& rest, char c) {
  skipSpace(rest);
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

/// Behind the closing quote of the string that begins at `from`; the text's length if there is none.
std::size_t endOfString(std::string_view text, std::size_t from) {
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size() + 1;
}

/// Behind the value that begins at 0; more than the text's length if it is cut off.
std::size_t endOfValue(std::string_view text) {
  if (text.starts_with('"')) return endOfString(text, 0);
  if (!text.starts_with('{') && !text.starts_with('[')) return std::min(text.find_first_of(",]} \t\r\n"), text.size());
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = endOfString(text, i);
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size() + 1;
}

}  // namespace

std::string_view takeValue(std::string_view& rest) {
  skipSpace(rest);
  const std::size_t end = endOfValue(rest);
  if (end > rest.size()) return {};
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(end);
  return value;
}

std::optional<std::vector<Field>> fieldsOf(std::string_view object) {
  std::vector<Field> fields;
  if (!takeChar(object, '{')) return std::nullopt;
  const auto isWhole = [&object] {
    if (!takeChar(object, '}')) return false;
    skipSpace(object);
    return object.empty();
  };
  if (isWhole()) return fields;
  do {
    const std::string_view name = takeValue(object);
    if (name.size() < 2 || name.front() != '"' || !takeChar(object, ':')) return std::nullopt;
    const std::string_view value = takeValue(object);
    if (value.empty()) return std::nullopt;
    fields.push_back({name.substr(1, name.size() - 2), value});
  } while (takeChar(object, ','));
  if (!isWhole()) return std::nullopt;
  return fields;
}

Cut cutOut(std::string_view object, std::string_view field) {
  const std::optional<std::vector<Field>> fields = fieldsOf(object);
  if (!fields) return {.rest = std::string(object.empty() ? kNull : object), .part = kNull};
  Cut cut{.rest = "{", .part = kNull};
  cut.rest.reserve(object.size());
  for (const auto& [name, value] : *fields) {
    if (name == field) {
      cut.part = value;
      continue;
    }
    if (cut.rest.size() > 1) cut.rest += ',';
    cut.rest.append("\"").append(name).append("\":").append(value);
  }
  cut.rest += '}';
  return cut;
}

}  // namespace tidewright::kube::raw
