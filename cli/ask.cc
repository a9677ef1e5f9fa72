#include "cli/ask.h"

#include "cli/app_reader.h"
#include "cli/kinds.h"
#include "operator/api/scaled_app_status.h"
#include "operator/kube/fields.h"

namespace tidewright::cli {
namespace {

namespace fields = kube::fields;

constexpr std::string_view kAnnotation = "tidewright.dev/command";
constexpr std::chrono::milliseconds kBetweenLooks{250};
/// The answer may be written after the command was taken off.
constexpr std::chrono::seconds kAnswerTakes{5};

std::string waitingCommand(const kube::Json& object) {
  return fields::text(fields::at(object, "metadata", "annotations", kAnnotation));
}

std::optional<api::LastCommand> lastCommand(const kube::Json& object) {
  return api::parseScaledAppStatus(fields::at(object, "status")).lastCommand;
}

}  // namespace

Result<int> run(const AskOptions& options, const Session& session) {
  const Result<kube::Json> before = readApp(session, options.name);
  if (!before) return fail(before.error());
  if (fields::at(*before, "spec", "targetRef").is_object()) {
    return fail(ErrorCode::Invalid, "{} has a targetRef, so its rollouts are not Tidewright's: there is nothing to {}",
                options.name, options.command);
  }
  if (const std::string waiting = waitingCommand(*before); !waiting.empty()) {
    return fail(ErrorCode::Conflict,
                "{} still waits for the operator to take \"{}\"; see that the operator runs, or withdraw that with: "
                "kubectl annotate sapp {} -n {} {}-",
                options.name, waiting, options.name, session.ns, kAnnotation);
  }
  const std::optional<api::LastCommand> lastBefore = lastCommand(*before);
  const kube::Json patch{{"metadata", {{"annotations", {{kAnnotation, options.command}}}}}};
  if (const Result<kube::Json> asked = patchApp(session, options.name, patch); !asked) return fail(asked.error());

  const MonoTime end = session.clock.mono() + options.timeout;
  std::optional<MonoTime> takenAt;
  while (session.clock.mono() < end && session.sleep(kBetweenLooks, session.stop)) {
    const Result<kube::Json> object = readApp(session, options.name);
    if (!object) return fail(object.error());
    if (!waitingCommand(*object).empty()) continue;
    const MonoTime now = session.clock.mono();
    takenAt = takenAt.value_or(now);
    const std::optional<api::LastCommand> last = lastCommand(*object);
    // The same command with the same result within one second leaves the status as it was.
    const bool answered = last != lastBefore || now - *takenAt >= kAnswerTakes;
    if (!answered || !last || last->name != options.command) continue;
    session.print(fmt::format("{}: {}\n", options.command, last->result));
    return kDone;
  }
  if (takenAt) {
    return fail(ErrorCode::Timeout,
                "the operator took \"{}\" and did not say what became of it; look with: "
                "kubectl-tide get {} -n {}",
                options.command, options.name, session.ns);
  }
  return fail(
      ErrorCode::Timeout,
      "the operator has not taken \"{}\" within {} s; see that it runs and what it says of {}: kubectl-tide get "
      "{} -n {}; withdraw the command with: kubectl annotate sapp {} -n {} {}-",
      options.command, options.timeout.count(), options.name, options.name, session.ns, options.name, session.ns,
      kAnnotation);
}

}  // namespace tidewright::cli
