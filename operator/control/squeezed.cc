#include "operator/control/squeezed.h"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace tidewright::control {
namespace {

/// Raw deflate with a small window and little memory: the texts are a few kilobytes, and setting up must be quick.
constexpr int kWindow = -12;
constexpr int kMemory = 5;
constexpr int kLevel = 4;

/// What nearly every text has in it, the likeliest last. Changing it changes nothing that is stored anywhere: the
/// squeezed texts live in this process only.
constexpr std::string_view kFamiliar =
    R"({"affinity":{},"annotations":{"args":["command":["configMapRef":{"name":"imagePullPolicy":"IfNotPresent",)"
    R"("initContainers":[{"lifecycle":{"preStop":{"livenessProbe":{"failureThreshold":3,"volumeMounts":[{"mountPath":"/)"
    R"("volumes":[{"securityContext":{"runAsNonRoot":true,"serviceAccountName":"terminationGracePeriodSeconds":)"
    R"({"metadata":{"labels":{"app":"}},"spec":{"containers":[{"env":[{"name":"","value":""}],"image":"docker.io/)"
    R"(","name":"app","ports":[{"containerPort":8080,"name":"http"}],"readinessProbe":{"httpGet":{"path":"/","port":"http"},)"
    R"("periodSeconds":2},"resources":{"limits":{"memory":"128Mi"},"requests":{"cpu":"100m","memory":"64Mi"}}}]}})"
    R"({"availability":{"podDisruptionBudget":true,"preStopSleepSeconds":5,"topologySpread":true},"autoscaling":{)"
    R"("cooldownSeconds":300,"maxReplicas":10,"metrics":[{"activation":"0","name":"","onNoData":"Hold","prometheus":{)"
    R"x("aggregate":"None","query":"sum(rate(http_requests_total{app=\"}[1m]))"},"target":{"type":"AverageValue",)x"
    R"("value":"100"}}],"minReplicas":1,"mode":"Active","pollSeconds":15},"paused":false,"replicas":3,)"
    R"("revisionHistoryLimit":10,"rollout":{"autoRollback":true,"maxSurge":"25%","maxUnavailable":0,"minReadySeconds":2,)"
    R"("onConfigChange":"Ignore","progressDeadlineSeconds":600,"strategy":"RollingUpdate"},"service":{"ports":[{)"
    R"("name":"http","port":80,"protocol":"TCP","targetPort":"http"}],"sessionAffinity":"None","type":"ClusterIP"})"
    R"({"desiredReplicas":3,"history":{"recommendations":["@"]},"lastDecision":{"current":3,"metrics":[{"name":",)"
    R"("proposal":3,"target":"100 per pod","value":300,"why":"}],"readyPods":0,"result":3,"steps":[],"time":"2026-)"
    R"({"availableReplicas":0,"conditions":[{"lastTransitionTime":"2026-01-01T00:00:00Z","message":")"
    R"(","observedGeneration":1,"reason":"Ready","status":"False","type":"Progressing"},{"lastTransitionTime":"2026-)"
    R"("message":"every metric has a value","observedGeneration":1,"reason":"AllKnown","status":"True",)"
    R"("type":"MetricsAvailable"},"message":"the count follows the metrics between 1 and 10","observedGeneration":1,)"
    R"("reason":"FollowsMetrics","status":"True","type":"ScalingActive"},"message":"the spec can be acted on",)"
    R"("reason":"Accepted","status":"True","type":"Valid"}],"currentRevision":"","desiredReplicas":3,"message":")"
    R"("phase":"Healthy","readyReplicas":0,"replicas":3,"rollout":{},"selector":"tidewright.dev/app=",)"
    R"("stableRevision":"","updatedReplicas":3})";

const Bytef* bytes(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

}  // namespace

Squeezed::Squeezed(std::string_view text) {
  if (text.empty()) return;
  const auto size = static_cast<std::uint32_t>(text.size());
  z_stream stream{};
  deflateInit2(&stream, kLevel, Z_DEFLATED, kWindow, kMemory, Z_DEFAULT_STRATEGY);
  deflateSetDictionary(&stream, bytes(kFamiliar), kFamiliar.size());
  std::string out(sizeof size + deflateBound(&stream, size), '\0');
  std::memcpy(out.data(), &size, sizeof size);
  stream.next_in = const_cast<Bytef*>(bytes(text));
  stream.avail_in = size;
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + sizeof size);
  stream.avail_out = static_cast<uInt>(out.size() - sizeof size);
  // The room suffices for any text, so there is nothing that could go wrong.
  deflate(&stream, Z_FINISH);
  out.resize(sizeof size + stream.total_out);
  deflateEnd(&stream);
  bytes_ = std::string(out);  // No longer than it is.
}

std::string Squeezed::text() const {
  if (bytes_.empty()) return {};
  std::uint32_t size = 0;
  std::memcpy(&size, bytes_.data(), sizeof size);
  std::string out(size, '\0');
  z_stream stream{};
  inflateInit2(&stream, kWindow);
  inflateSetDictionary(&stream, bytes(kFamiliar), kFamiliar.size());
  stream.next_in = const_cast<Bytef*>(bytes(bytes_)) + sizeof size;
  stream.avail_in = static_cast<uInt>(bytes_.size() - sizeof size);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = size;
  inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return out;
}

}  // namespace tidewright::control
