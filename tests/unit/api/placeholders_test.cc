#include "operator/api/placeholders.h"

#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

const Placeholders kValues{.app = "web", .ns = "shop", .revision = "new", .stableRevision = "old", .shard = "eu"};

TEST(Placeholders, AreFilledInWhereverTheyStand) {
  EXPECT_EQ(
      fillIn("up{app=\"{{app}}\",ns=\"{{namespace}}\",r=~\"{{revision}}|{{stableRevision}}\"} / {{shard}}", kValues),
      "up{app=\"web\",ns=\"shop\",r=~\"new|old\"} / eu");
}

TEST(Placeholders, OthersStay) { EXPECT_EQ(fillIn("{{pod}} {{ app }} {app}", kValues), "{{pod}} {{ app }} {app}"); }

TEST(Placeholders, AValueIsNotFilledInAgain) {
  EXPECT_EQ(fillIn("{{app}}", {.app = "{{shard}}", .shard = "x"}), "{{shard}}");
}

}  // namespace
}  // namespace tidewright::api
