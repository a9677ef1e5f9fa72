#include "operator/http/system_trust.h"

#include <cstdlib>
#include <string>

namespace tidewright::http {

void hideSystemTrust() {
  const std::size_t equals = kHiddenTrust.find('=');
  constexpr int kKeepTheUsers = 0;
  setenv(std::string(kHiddenTrust.substr(0, equals)).c_str(), kHiddenTrust.substr(equals + 1).data(), kKeepTheUsers);
}

}  // namespace tidewright::http
