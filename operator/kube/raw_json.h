#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON text taken apart without being parsed: lists come by the hundred megabytes, and most of what is in them nobody
/// here reads. Only brackets and quotes are looked at, so text that is not JSON may pass for it. What is given are
/// pieces of the text itself. Pure: any thread.
namespace tidewright::kube::raw {

/// Takes one value from the front, and the white space before it; empty if there is no whole one.
[[nodiscard]] std::string_view takeValue(std::string_view& rest);

struct Field {
  std::string_view name;  ///< As it is written between its quotes
  std::string_view value;
};
/// In their order; none if it is no whole object.
[[nodiscard]] std::optional<std::vector<Field>> fieldsOf(std::string_view object);

struct Cut {
  std::string rest;       ///< The object without the field
  std::string_view part;  ///< Its value; "null" if it is not there
};
/// What is no object is the rest as it is; without any text that is "null".
[[nodiscard]] Cut cutOut(std::string_view object, std::string_view field);

}  // namespace tidewright::kube::raw
