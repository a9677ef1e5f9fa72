#include "cli/outcome.h"

#include <fmt/format.h>

namespace tidewright::cli {

Outcome outcomeOf(int64_t generation, const api::ScaledAppStatus& status) {
  if (status.observedGeneration < generation) {
    return {Outcome::State::Waiting, "the operator has not answered to the last change of the spec yet"};
  }
  std::string text = fmt::format("{}: {}", api::toString(status.phase), status.message);
  switch (status.phase) {
    case api::Phase::Healthy:
    case api::Phase::Suspended: return {Outcome::State::Done, std::move(text)};
    case api::Phase::Degraded:
    case api::Phase::RolledBack:
    case api::Phase::Invalid: return {Outcome::State::Failed, std::move(text)};
    case api::Phase::Progressing:
    case api::Phase::Paused: return {Outcome::State::Waiting, std::move(text)};
  }
  return {Outcome::State::Waiting, std::move(text)};
}

}  // namespace tidewright::cli
