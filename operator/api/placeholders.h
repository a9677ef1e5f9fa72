#pragma once

#include <string>
#include <string_view>

namespace tidewright::api {

/// What a query may ask to be filled in.
struct Placeholders {
  std::string app;
  std::string ns;
  std::string revision;
  std::string stableRevision;
  std::string shard;
};

/// `query` with {{app}}, {{namespace}}, {{revision}}, {{stableRevision}} and {{shard}} filled in. Others are refused by
/// the CRD and left as they are. Pure.
[[nodiscard]] std::string fillIn(std::string_view query, const Placeholders& values);

}  // namespace tidewright::api
