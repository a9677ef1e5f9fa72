#pragma once

#include <map>
#include <string>
#include <string_view>

#include "operator/api/scaled_app.h"

namespace tidewright::decide {

inline constexpr std::string_view kAppLabel = "tidewright.dev/app";
inline constexpr std::string_view kRevisionLabel = "tidewright.dev/revision";
inline constexpr std::string_view kShardLabel = "tidewright.dev/shard";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kNameLabel = "app.kubernetes.io/name";
inline constexpr std::string_view kManager = "tidewright";
/// Hash of a child as we last wanted it: equal means that there is nothing to write.
inline constexpr std::string_view kAppliedAnnotation = "tidewright.dev/applied";

using Labels = std::map<std::string, std::string>;

/// What selects the pods of a workload; an empty shard or revision is left out, and so selects all of them.
[[nodiscard]] Labels selectorOf(const api::ScaledApp& app, std::string_view shard = {}, std::string_view revision = {});
/// What every child of the app carries.
[[nodiscard]] Labels childLabels(const api::ScaledApp& app, std::string_view shard = {},
                                 std::string_view revision = {});
/// "a=b,c=d", for `status.selector`.
[[nodiscard]] std::string selectorText(const Labels& selector);
/// NAME, NAME-SHARD, NAME-SHARD-SUFFIX.
[[nodiscard]] std::string childName(const api::ScaledApp& app, std::string_view shard = {},
                                    std::string_view suffix = {});

}  // namespace tidewright::decide
