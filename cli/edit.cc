#include "cli/edit.h"

#include "cli/app_reader.h"
#include "operator/kube/fields.h"
#include "operator/timestamp.h"

namespace tidewright::cli {
namespace {

bool isPaused(const kube::Json& app) { return kube::fields::boolean(kube::fields::at(app, "spec", "paused"), false); }

}  // namespace

Result<int> run(const RestartOptions& options, const Session& session) {
  const Result<kube::Json> before = readApp(session, options.name);
  if (!before) return fail(before.error());
  if (kube::fields::at(*before, "spec", "targetRef").is_object()) {
    return fail(ErrorCode::Invalid, "{} has a targetRef, so its pods are not Tidewright's; restart the target instead",
                options.name);
  }
  const std::string now = formatTimestamp(session.clock.wall());
  const Result<kube::Json> after = patchApp(session, options.name, {{"spec", {{"restartAt", now}}}});
  if (!after) return fail(after.error());
  session.print(fmt::format("{} restarts: pods from before {} are replaced\n", options.name, now));
  if (isPaused(*after)) {
    session.print(fmt::format("{} is paused; it goes on with: kubectl-tide resume {}\n", options.name, options.name));
  }
  return kDone;
}

Result<int> run(const PauseOptions& options, const Session& session) {
  const Result<kube::Json> before = readApp(session, options.name);
  if (!before) return fail(before.error());
  if (isPaused(*before) == options.paused) {
    session.print(fmt::format("{} is {} already\n", options.name, options.paused ? "paused" : "not paused"));
    return kDone;
  }
  // Without the field again rather than with false, so that the spec is what it was.
  const kube::Json value = options.paused ? kube::Json(true) : kube::Json(nullptr);
  const Result<kube::Json> after = patchApp(session, options.name, {{"spec", {{"paused", value}}}});
  if (!after) return fail(after.error());
  session.print(options.paused
                    ? fmt::format("{} is paused: no rollout step and no scaling until kubectl-tide resume {}\n",
                                  options.name, options.name)
                    : fmt::format("{} goes on\n", options.name));
  return kDone;
}

}  // namespace tidewright::cli
