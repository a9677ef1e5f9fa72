#pragma once

#include <string>

#include "cli/app_view.h"
#include "cli/session.h"

namespace tidewright::cli {

/// The ScaledApp of that name in the session's namespace. What goes wrong says where was looked and what to do next.
[[nodiscard]] Result<kube::Json> readApp(const Session& session, const std::string& name);

/// With its ReplicaSets and, if asked for, pods. `shard` leaves only that one's workload; NotFound names those there
/// are. An empty one leaves all.
enum class Pods { Read, LeaveOut };
[[nodiscard]] Result<AppView> readView(const Session& session, const std::string& name, const std::string& shard,
                                       Pods pods);

/// Changes fields of the app by JSON merge patch; returns it as it is then.
[[nodiscard]] Result<kube::Json> patchApp(const Session& session, const std::string& name, const kube::Json& patch);

/// Turns what the API server answered about the app into what a person may do about it.
[[nodiscard]] Error explained(const Session& session, const std::string& name, const Error& error);

}  // namespace tidewright::cli
