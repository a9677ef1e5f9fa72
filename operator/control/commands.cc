// What the reconciler does with the annotation that asks for something once.
#include "operator/control/kinds.h"
#include "operator/control/reconciler.h"
#include "operator/control/teller.h"

namespace tidewright::control {
namespace {

/// Doing these twice is doing them once, so they are taken off after they were acted on.
bool isRepeatable(decide::Command command) {
  return command == decide::Command::Abort || command == decide::Command::Retry;
}

}  // namespace

Result<std::optional<std::string>> Reconciler::takeCommand(const Subject& subject, const std::stop_token& stop) {
  const std::string* annotation = kube::find(subject.object->meta.annotations, kCommandAnnotation);
  const kube::ObjectKey key = subject.object->meta.key();
  if (annotation == nullptr) {
    const std::lock_guard lock(mutex_);
    return known_[key].seldom().command;
  }
  const std::optional<decide::Command> command = decide::parseCommand(*annotation);
  if (command && isRepeatable(*command)) return *annotation;
  // Once is enough: better a command that is lost with us than one that is taken twice.
  if (const Result<void> off = takeOffCommand(*subject.object, *annotation, stop); !off) return fail(off.error());
  const std::lock_guard lock(mutex_);
  known_[key].ownSeldom().command = *annotation;
  return *annotation;
}

void Reconciler::answer(const Teller& teller, api::ScaledAppStatus& status, const std::string& command, bool warning,
                        const std::string& result) const {
  teller.event(warning, warning ? "UnknownCommand" : "CommandTaken", "Command", command + ": " + result);
  status.lastCommand = api::LastCommand{command, std::chrono::floor<std::chrono::seconds>(parts_.clock.wall()), result};
}

Result<void> Reconciler::finishCommand(const Subject& subject, const std::optional<std::string>& asked,
                                       const std::stop_token& stop) {
  if (!asked) return {};
  {
    const std::lock_guard lock(mutex_);
    known_[subject.object->meta.key()].ownSeldom().command.reset();
  }
  const std::optional<decide::Command> command = decide::parseCommand(*asked);
  if (!command || !isRepeatable(*command)) return {};
  const Result<void> off = takeOffCommand(*subject.object, *asked, stop);
  if (!off && off.error().code() != ErrorCode::Conflict) return fail(off.error());
  return {};
}

Result<void> Reconciler::takeOffCommand(const AppObject& object, const std::string& command, std::stop_token stop) {
  // Only that very command: the next one may have come in between.
  const std::string path = "/metadata/annotations/tidewright.dev~1command";
  const kube::Json operations{{{"op", "test"}, {"path", "/metadata/uid"}, {"value", object.meta.uid}},
                              {{"op", "test"}, {"path", path}, {"value", command}},
                              {{"op", "remove"}, {"path", path}}};
  const Result<kube::Json> answer =
      parts_.client.jsonPatch(kScaledApps, object.meta.key(), operations, std::move(stop));
  if (!answer && answer.error().code() == ErrorCode::Invalid) {
    return fail(ErrorCode::Conflict, "the command {} was withdrawn or replaced", command);
  }
  if (!answer) return fail(answer.error());
  Caches& caches = parts_.watches.of(object.meta.ns);
  parts_.expectations.wrote(object.meta.key(), caches.ns() + "/" + kAppCache,
                            answer->at("metadata").value("resourceVersion", ""));
  return {};
}

}  // namespace tidewright::control
