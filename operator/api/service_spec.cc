#include "operator/api/service_spec.h"

#include "operator/api/field_reader.h"

namespace tidewright::api {
namespace {

constexpr std::array<std::pair<std::string_view, ServiceType>, 4> kTypes{{{"ClusterIP", ServiceType::ClusterIP},
                                                                          {"NodePort", ServiceType::NodePort},
                                                                          {"LoadBalancer", ServiceType::LoadBalancer},
                                                                          {"Headless", ServiceType::Headless}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kSessionAffinity{{{"None", false}, {"ClientIP", true}}};
constexpr size_t kMostPorts = 100;

}  // namespace

std::string_view toString(ServiceType type) {
  for (const auto& [name, e] : kTypes) {
    if (e == type) return name;
  }
  return "ClusterIP";
}

Result<ServiceSpec> parseServiceSpec(const nlohmann::json& value, std::string_view path) {
  std::optional<Error> error;
  FieldReader in(value, std::string(path), error);
  ServiceSpec spec;
  spec.type = in.oneOf("type", spec.type, kTypes);
  spec.stickyClients = in.oneOf("sessionAffinity", false, kSessionAffinity);
  spec.annotations = in.texts("annotations");
  spec.labels = in.texts("labels");
  in.eachOf("ports", 0, kMostPorts, [&](FieldReader port) {
    if (port.integer("port", 0, 1, 65535) == 0) port.refuse("port", "is missing; write a port from 1 to 65535");
    spec.ports.push_back(value.at("ports").at(spec.ports.size()));
  });
  if (error) return fail(*error);
  return spec;
}

}  // namespace tidewright::api
