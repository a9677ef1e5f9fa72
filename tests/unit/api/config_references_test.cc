#include "operator/api/config_references.h"

#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

using nlohmann::json;
using Kind = ConfigReference::Kind;
using References = std::vector<ConfigReference>;

References of(const char* podSpec) { return configReferences({{"spec", json::parse(podSpec)}}); }

TEST(ConfigReferences, AreWhatContainersReadAsEnvironment) {
  EXPECT_EQ(of(R"({"initContainers": [{"envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]}],
                   "containers": [{"env": [
                     {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k", "optional": true}}},
                     {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "d", "key": "k"}}},
                     {"name": "Z", "value": "plain"}]}]})"),
            (References{{Kind::ConfigMap, "a", false},
                        {Kind::ConfigMap, "c", true},
                        {Kind::Secret, "b", false},
                        {Kind::Secret, "d", false}}));
}

TEST(ConfigReferences, AreWhatVolumesHold) {
  EXPECT_EQ(of(R"({"volumes": [{"configMap": {"name": "a"}}, {"secret": {"secretName": "b", "optional": true}},
                   {"projected": {"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "d"}},
                                              {"serviceAccountToken": {"path": "token"}}]}}, {"emptyDir": {}}]})"),
            (References{{Kind::ConfigMap, "a", false},
                        {Kind::ConfigMap, "c", false},
                        {Kind::Secret, "b", true},
                        {Kind::Secret, "d", false}}));
}

TEST(ConfigReferences, NamedTwiceIsOptionalOnlyIfBothSaySo) {
  EXPECT_EQ(of(R"({"containers": [{"envFrom": [{"configMapRef": {"name": "a", "optional": true}}]}],
                   "volumes": [{"configMap": {"name": "a"}}]})"),
            (References{{Kind::ConfigMap, "a", false}}));
}

TEST(ConfigReferences, OfNoTemplateAreNone) {
  for (const char* text : {"null", "3", R"({"spec": {"containers": {"envFrom": 1}}})", R"({"spec": []})"}) {
    EXPECT_TRUE(configReferences(json::parse(text)).empty()) << text;
  }
}

}  // namespace
}  // namespace tidewright::api
