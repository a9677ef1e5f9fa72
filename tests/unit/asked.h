#pragma once

#include <cstdint>
#include <cstdlib>

namespace tidewright {

/// How many cases a random test is to try: what the environment says, else the few that an ordinary run has time for.
inline uint64_t asked(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace tidewright
