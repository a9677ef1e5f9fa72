#include "operator/http/tls.h"

#include <fstream>
#include <sstream>

namespace tidewright::http {

PemSource pemFile(std::string path) {
  return [path = std::move(path)]() -> Result<std::string> {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
      return fail(ErrorCode::Invalid, "cannot read {}; check the path and its permissions", path);
    }
    return std::move(text).str();
  };
}

PemSource pemText(std::string pem) {
  return [pem = std::move(pem)]() -> Result<std::string> { return pem; };
}

}  // namespace tidewright::http
