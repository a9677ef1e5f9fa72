#include "operator/http/transport.h"

#include <algorithm>
#include <cctype>

namespace tidewright::http {

std::string_view Response::header(std::string_view name) const {
  const auto alike = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  for (const auto& [key, value] : headers) {
    if (std::ranges::equal(key, name, alike)) return value;
  }
  return {};
}

}  // namespace tidewright::http
