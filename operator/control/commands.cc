// What the reconciler does with the annotation that asks for something once.
#include <fmt/format.h>

#include "operator/control/kinds.h"
#include "operator/control/reconciler.h"
#include "operator/control/teller.h"
#include "operator/timestamp.h"

namespace tidewright::control {
namespace {

/// Doing it twice is doing it once, so it may stand on the app until what became of it is stored. A second warning of
/// one that nobody knows does no harm either.
bool isRepeatable(const std::string& name) {
  const std::optional<decide::Command> command = decide::parseCommand(name);
  return !command || *command == decide::Command::Abort;
}

/// How far the rollouts are. Another one is stored together with whatever would go too far if it happened twice, or
/// would be answered otherwise.
std::string placeOf(const api::ScaledAppStatus& stored) {
  const auto place = [](const api::WorkloadStatus& one) {
    const api::RolloutStatus& rollout = one.rollout;
    return fmt::format("{}/{}/{}/{}/{}", one.stableRevision, one.currentRevision, rollout.revision,
                       rollout.startedAt ? formatTimestamp(*rollout.startedAt) : "", rollout.stepIndex);
  };
  if (stored.shards.empty()) return place(stored.workload);
  std::string places;
  for (const api::ShardStatus& shard : stored.shards) places += place(shard.workload) + ",";
  return places;
}

std::string noteOf(const std::string& name, const api::ScaledAppStatus& stored) {
  return fmt::format("{} at {}", name, placeOf(stored));
}

/// In the words of a JSON patch.
std::string pathOf(std::string_view annotation) {
  std::string name(annotation);
  name.replace(name.find('/'), 1, "~1");
  return "/metadata/annotations/" + name;
}

}  // namespace

Result<std::optional<Reconciler::AskedCommand>> Reconciler::takeCommand(const Subject& subject,
                                                                        const std::stop_token& stop) {
  const kube::StringPairs& annotations = subject.object->meta.annotations;
  if (const std::string* note = kube::find(annotations, kCommandTakenAnnotation)) {
    const std::string name = note->substr(0, note->find(' '));
    return AskedCommand{.name = name, .note = *note, .isDone = *note != noteOf(name, subject.stored)};
  }
  const std::string* name = kube::find(annotations, kCommandAnnotation);
  if (name == nullptr) return std::nullopt;
  if (isRepeatable(*name)) return AskedCommand{.name = *name, .note = {}};
  AskedCommand asked{.name = *name, .note = noteOf(*name, subject.stored)};
  // In one write: whoever finds the note knows that it was asked once, and for what.
  const kube::Json operations{{{"op", "test"}, {"path", "/metadata/uid"}, {"value", subject.object->meta.uid}},
                              {{"op", "test"}, {"path", pathOf(kCommandAnnotation)}, {"value", *name}},
                              {{"op", "remove"}, {"path", pathOf(kCommandAnnotation)}},
                              {{"op", "add"}, {"path", pathOf(kCommandTakenAnnotation)}, {"value", asked.note}}};
  if (const Result<void> done = patchCommand(*subject.object, operations, stop); !done) return fail(done.error());
  return asked;
}

void Reconciler::answer(const Teller& teller, api::ScaledAppStatus& status, const std::string& command, bool warning,
                        const std::string& result) const {
  teller.event(warning, warning ? "UnknownCommand" : "CommandTaken", "Command", command + ": " + result);
  status.lastCommand = api::LastCommand{command, std::chrono::floor<std::chrono::seconds>(parts_.clock.wall()), result};
}

Result<void> Reconciler::finishCommand(const Subject& subject, const std::optional<AskedCommand>& asked,
                                       const std::stop_token& stop) {
  if (!asked) return {};
  // Only that very command: the next one may have come in between.
  const std::string path = pathOf(asked->note.empty() ? kCommandAnnotation : kCommandTakenAnnotation);
  const std::string& value = asked->note.empty() ? asked->name : asked->note;
  const kube::Json operations{{{"op", "test"}, {"path", "/metadata/uid"}, {"value", subject.object->meta.uid}},
                              {{"op", "test"}, {"path", path}, {"value", value}},
                              {{"op", "remove"}, {"path", path}}};
  const Result<void> done = patchCommand(*subject.object, operations, stop);
  if (!done && done.error().code() != ErrorCode::Conflict) return fail(done.error());
  return {};
}

Result<void> Reconciler::patchCommand(const AppObject& object, const kube::Json& operations, std::stop_token stop) {
  const Result<kube::Json> answer =
      parts_.client.jsonPatch(kScaledApps, object.meta.key(), operations, std::move(stop));
  if (!answer && answer.error().code() == ErrorCode::Invalid) {
    return fail(ErrorCode::Conflict, "the command was withdrawn or replaced");
  }
  if (!answer) return fail(answer.error());
  Caches& caches = parts_.watches.of(object.meta.ns);
  parts_.expectations.wrote(object.meta.key(), caches.ns() + "/" + kAppCache,
                            answer->at("metadata").value("resourceVersion", ""));
  return {};
}

}  // namespace tidewright::control
