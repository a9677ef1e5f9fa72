#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/control/reconciler.h"
#include "tests/unit/control/reconciler_fixtures.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::MatchesRegex;

TEST(Commands, AreNotLostOverAWriteThatFails) {
  Shop shop;
  const std::string revision = shop.replicaSet(2, 2, podTemplate());
  shop.command = "promote";
  shop.app(plain(3), atRest(revision));
  shop.refuses = [](const Shop::Call& call) {
    return call.path.starts_with("replicasets") ? std::optional(Refused{409, "Conflict", "x"}) : std::nullopt;
  };
  EXPECT_FALSE(shop.reconcile());
  const json taken = shop.writes().front().body;
  ASSERT_EQ(taken.at(3).at("path"), "/metadata/annotations/tidewright.dev~1command-taken") << taken;
  shop.commandTaken = taken.at(3).at("value");
  shop.command.clear();
  shop.app(plain(3), atRest(revision));
  shop.refuses = {};
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.status().at("/lastCommand/name"_json_pointer), "promote");
  EXPECT_EQ(shop.writes().back().body.back().at("op"), "remove") << shop.writes().back().body;
  shop.commandTaken.clear();
  shop.app(plain(3), shop.status());
  shop.clock.advance(5s);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.eventReasons(), Contains("CommandTaken").Times(1));
}

TEST(Commands, OfShardsEachAnswersForItself) {
  Shop shop;
  const auto made = [&shop] {
    std::vector<json> manifests;
    for (const Shop::Call& call : shop.writes()) {
      if (call.method == "POST" && call.path == "replicasets") manifests.push_back(call.body);
    }
    return manifests;
  };
  json spec = plain(4);
  spec["shards"] = {{{"name", "eu"}}, {{"name", "us"}}};
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_EQ(made().size(), 2U);
  for (const json& manifest : made()) shop.run(manifest);

  spec["template"] = podTemplate("web:2");
  shop.app(spec, shop.status(), 2);
  shop.clear();
  ASSERT_TRUE(shop.reconcile());
  ASSERT_EQ(made().size(), 2U);
  shop.run(made().front(), false);  // The other shard's is not seen yet.

  shop.command = "abort";
  shop.app(spec, shop.status(), 2);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.status().at("/lastCommand/result"_json_pointer).get<std::string>(),
              MatchesRegex("eu: back to revision .+; us: no rollout is under way that could be aborted"));
}

}  // namespace
}  // namespace tidewright::control
