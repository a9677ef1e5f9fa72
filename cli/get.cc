#include "cli/get.h"

#include "cli/app_reader.h"
#include "cli/render_tree.h"
#include "cli/screen.h"

namespace tidewright::cli {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

bool mayPass(const Error& error) {
  return error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::Timeout ||
         error.code() == ErrorCode::TooMany;
}

Result<int> watch(const GetOptions& options, const Session& session) {
  const WallTime began = session.clock.wall();
  std::string shown, lastText;
  bool first = true;
  do {
    const Result<AppView> view = readView(session, options.name, options.shard, Pods::Read);
    // A server that is away for a moment is no reason to stop; one that was never there is.
    if (!view && (first || !mayPass(view.error()))) return fail(view.error());
    const std::optional<TerminalSize> size = session.terminal();
    const WallTime now = session.clock.wall();
    if (view) lastText = renderTree(*view, now, session.width());
    if (size) {
      if (first) session.print(makeRoom(*size));
      session.print(frame(view ? lastText : lastText + "\n" + view.error().message() + "\n", *size));
    } else if (view) {
      // Rendered for one and the same moment, or every second would be a change.
      std::string content = renderTree(*view, began, 0);
      if (content != shown) session.print((first ? "" : "\n") + lastText);
      shown = std::move(content);
    }
    first = false;
  } while (session.sleep(kBetweenLooks, session.stop));
  return kDone;
}

}  // namespace

Result<int> run(const GetOptions& options, const Session& session) {
  if (options.watch) return watch(options, session);
  const Result<AppView> view = readView(session, options.name, options.shard, Pods::Read);
  if (!view) return fail(view.error());
  session.print(renderTree(*view, session.clock.wall(), session.width()));
  return kDone;
}

}  // namespace tidewright::cli
