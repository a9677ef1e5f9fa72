#include "cli/status.h"

#include "cli/app_reader.h"
#include "cli/duration.h"
#include "cli/outcome.h"
#include "operator/kube/fields.h"

namespace tidewright::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{500};

Outcome look(const kube::Json& app) {
  return outcomeOf(kube::fields::integer<int64_t>(kube::fields::at(app, "metadata", "generation")),
                   api::parseScaledAppStatus(kube::fields::at(app, "status")));
}

}  // namespace

Result<int> run(const StatusOptions& options, const Session& session) {
  const MonoTime began = session.clock.mono();
  std::string shown;
  for (;;) {
    const Result<kube::Json> app = readApp(session, options.name);
    if (!app) return fail(app.error());
    const Outcome outcome = look(*app);
    if (outcome.text != shown) session.print(fmt::format("{}: {}\n", options.name, outcome.text));
    shown = outcome.text;
    if (outcome.state == Outcome::State::Done) return kDone;
    if (outcome.state == Outcome::State::Failed) return kFailed;
    const bool late = options.timeout.count() > 0 && session.clock.mono() - began >= options.timeout;
    if (late) session.print(fmt::format("{}: not done within {}\n", options.name, durationText(options.timeout)));
    if (late || !session.sleep(kBetweenLooks, session.stop)) return kTimedOut;
  }
}

}  // namespace tidewright::cli
