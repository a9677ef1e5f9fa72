#include "cli/tell.h"

#include "cli/app_reader.h"
#include "cli/render_history.h"
#include "cli/render_why.h"

namespace tidewright::cli {

Result<int> run(const HistoryOptions& options, const Session& session) {
  const Result<AppView> view = readView(session, options.name, options.shard, Pods::LeaveOut);
  if (!view) return fail(view.error());
  session.print(renderHistory(*view, session.clock.wall(), session.width()));
  return kDone;
}

Result<int> run(const WhyOptions& options, const Session& session) {
  const Result<AppView> view = readView(session, options.name, options.shard, Pods::LeaveOut);
  if (!view) return fail(view.error());
  session.print(renderWhy(*view, session.clock.wall(), session.width()));
  return kDone;
}

}  // namespace tidewright::cli
