#include "operator/api/placeholders.h"

#include <array>
#include <utility>

namespace tidewright::api {

std::string fillIn(std::string_view query, const Placeholders& values) {
  const std::array<std::pair<std::string_view, const std::string*>, 5> known{
      {{"{{app}}", &values.app},
       {"{{namespace}}", &values.ns},
       {"{{revision}}", &values.revision},
       {"{{stableRevision}}", &values.stableRevision},
       {"{{shard}}", &values.shard}}};
  std::string out;
  while (!query.empty()) {
    bool replaced = false;
    for (const auto& [name, value] : known) {
      if (!query.starts_with(name)) continue;
      out += *value;
      query.remove_prefix(name.size());
      replaced = true;
      break;
    }
    if (replaced) continue;
    out += query.front();
    query.remove_prefix(1);
  }
  return out;
}

}  // namespace tidewright::api
