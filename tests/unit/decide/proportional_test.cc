#include "operator/decide/proportional.h"

#include <gtest/gtest.h>

namespace tidewright::decide {
namespace {

using Sets = std::vector<ProportionalReplicaSet>;
using Sizes = std::vector<int32_t>;

TEST(ScaleProportionally, OfNothingIsNothing) { EXPECT_EQ(scaleProportionally(Sets{}, 4, 1), Sizes{}); }

TEST(ScaleProportionally, WithoutPodsTheNewOneGetsThemAll) {
  EXPECT_EQ(scaleProportionally(Sets{{.isNew = true}, {}}, 4, 1), (Sizes{4, 0}));
}

TEST(ScaleProportionally, WithoutPodsAndWithoutANewOneTheYoungest) {
  EXPECT_EQ(scaleProportionally(Sets{{}, {}}, 4, 1), (Sizes{0, 4}));
}

TEST(ScaleProportionally, TheOnlyOneWithPodsKeepsThem) {
  EXPECT_EQ(scaleProportionally(Sets{{.replicas = 3}, {.isNew = true}}, 5, 1), (Sizes{5, 0}));
}

TEST(ScaleProportionally, ANewOneThatIsWholeEndsTheRest) {
  const ProportionalReplicaSet whole{.replicas = 4, .available = 4, .isNew = true};
  EXPECT_EQ(scaleProportionally(Sets{{.replicas = 1, .available = 1}, whole}, 4, 1), (Sizes{0, 4}));
}

/// What was sized for another count may be whole by chance.
TEST(ScaleProportionally, ANewOneThatWasSizedForAnotherCountIsNotWhole) {
  const ProportionalReplicaSet whole{.replicas = 4, .available = 4, .sizedFor = SizedFor{8, 9}, .isNew = true};
  const Sizes sizes = scaleProportionally(Sets{{.replicas = 4, .available = 4}, whole}, 4, 0);
  EXPECT_EQ(sizes[0] + sizes[1], 4);
  EXPECT_GT(sizes[0], 0);
}

}  // namespace
}  // namespace tidewright::decide
